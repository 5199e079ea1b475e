"""`stepweave test`: a definition without any effect, its steps played by mocks."""

import argparse
import json
from typing import Any

from stepweave.api.payloads.rehearsals import definition_rehearsal
from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.rehearsal_uses import rehearsal_ports
from stepweave.errors import Invalid
from stepweave.local.commands.run_command import input_of
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.progress import line_of
from stepweave.local.terminal import complain, console, say
from stepweave.services.rehearsal import rehearse_definition


def main(arguments: argparse.Namespace) -> int:
    try:
        definition = read_definition(arguments.file).content
        mocks = read_definition(arguments.mocks).content if arguments.mocks else {}
        body = {"definition": definition, "input_data": input_of(arguments.input), "mocks": mocks}
        found = rehearse_definition(definition, definition_rehearsal(body), rehearsal_ports(new_ids()))
    except Invalid as error:
        for fault in error.faults:
            complain(f"stepweave: {fault.path or '/'}: {fault.message}")
        return 1
    except (Unreadable, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1
    _show(found, as_json=arguments.json)
    return 0 if found["run"]["status"] == "completed" else 1


def _show(found: Any, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(found, indent=2))
        return
    out, run = console(), found["run"]
    for step in run["step_runs"]:
        out.print(line_of(step))
    color = "green" if run["status"] == "completed" else "red"
    out.print(f"[{color}]{run['status']}[/] [dim]after {run['duration_ms']} ms, had time passed[/]")
    if found["assumed"]:
        out.print(f"[yellow]made up, for want of a mock:[/] {', '.join(found['assumed'])}")
    if run["error"]:
        complain(f"{run['error']['code']}: {run['error']['message']}")
    if run["output"] is not None:
        say(json.dumps(run["output"], indent=2))
