"""`stepweave runs`: runs of a server."""

import argparse
import json
from pathlib import Path
from typing import Any

from stepweave.local.client import Client, Refused
from stepweave.local.remote import client_of, query, workflow_path
from stepweave.local.terminal import complain, say


def main(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    try:
        return _ACTIONS[arguments.action](client, arguments)
    except (Refused, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1


def _start(client: Client, arguments: argparse.Namespace) -> int:
    """1 when the run has ended within `--wait`, and not as `completed`; 0 otherwise."""
    body = {"input_data": _input(arguments.input), "labels": dict(map(_label, arguments.label))}
    body |= {"delay": arguments.delay} if arguments.delay else {}
    body |= {"version": arguments.version} if arguments.version else {}
    headers = {"Idempotency-Key": arguments.idempotency_key} if arguments.idempotency_key else {}
    path = query(workflow_path(arguments.ref, "run"), wait=arguments.wait)
    answer = client.send("POST", path, body, headers)
    if "run" not in answer:
        say(json.dumps(answer) if arguments.json else answer["run_id"])
        return 0
    say(json.dumps(answer["run"], indent=2) if arguments.json else f"{answer['run']['id']} {answer['run']['status']}")
    return 0 if answer["run"]["status"] == "completed" else 1


def _input(text: str) -> Any:
    """The run's input, from the command line or from a file; ValueError says what is wrong."""
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise ValueError(f"--input: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"--input is no JSON: {error}") from error


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--label '{text}' is no name=value")
    return name, value


_ACTIONS = {"start": _start}
