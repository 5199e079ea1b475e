"""`stepweave run`: one run of a definition in this process."""

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepweave.local.client import Client, Refused
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.home import DEFAULT_HOME, Home
from stepweave.local.progress import follow, line_of
from stepweave.local.stack import EmbeddedStack
from stepweave.local.terminal import complain, console, logged, say


def main(arguments: argparse.Namespace) -> int:
    try:
        definition = read_definition(arguments.file).content
        input_data = input_of(arguments.input)
        with _home(arguments.home) as folder:
            run = _run_at(folder, definition, input_data, arguments)
    except (Unreadable, Refused, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1
    _show(run, as_json=arguments.json)
    return 0 if run["status"] == "completed" else 1


def _run_at(folder: Path, definition: Any, input_data: Any, arguments: argparse.Namespace) -> Any:
    kept = Path(arguments.home or DEFAULT_HOME)
    stack = EmbeddedStack(folder, secrets=Home.secrets_in(kept))
    with logged(stack.home.log) as log, stack:
        stack.start(allowed_hosts=",".join(arguments.allow_host))
        try:
            return _run(Client(stack.url, stack.key()), definition, input_data, quiet=arguments.json)
        finally:
            for error in log.failures():
                complain(error)


def input_of(text: str) -> Any:
    """The run's input, from the command line or from a file; ValueError says what is wrong."""
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise ValueError(f"--input: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"--input is no JSON: {error}") from error


@contextlib.contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="stepweave-") as made:
        yield Path(made)


def _run(client: Client, definition: Any, input_data: Any, *, quiet: bool) -> Any:
    out = console(quiet=quiet)
    workflow = client.post("/api/workflows", {"definition": definition})["id"]
    run_id = client.post(f"/api/workflows/{workflow}/run", {"input_data": input_data})["run_id"]
    out.print(f"[dim]{run_id}[/]")
    return follow(client, run_id, lambda step: out.print(line_of(step)))


def _show(run: Any, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(run, indent=2))
        return
    color = "green" if run["status"] == "completed" else "red"
    console().print(f"[{color}]{run['status']}[/] [dim]in {run['duration_ms']} ms[/]")
    if run["error"]:
        complain(f"{run['error']['code']}: {run['error']['message']}")
    if run["output"] is not None:
        say(json.dumps(run["output"], indent=2))
