"""`stepweave runs`: runs of a server."""

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stepweave.local.client import Client, Refused
from stepweave.local.event_stream import follow_events
from stepweave.local.progress import event_line
from stepweave.local.remote import client_of, query, rows, workflow_path
from stepweave.local.tables import show_facts, show_table
from stepweave.local.terminal import complain, console, say


def main(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    try:
        return _ACTIONS[arguments.action](client, arguments)
    except (Refused, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1


def _start(client: Client, arguments: argparse.Namespace) -> int:
    """1 when the run has ended within `--wait`, and not as `completed`; 0 otherwise."""
    body = {"input_data": _json("--input", arguments.input), "labels": dict(map(_label, arguments.label))}
    body |= {"delay": arguments.delay} if arguments.delay else {}
    body |= {"version": arguments.version} if arguments.version else {}
    path = query(workflow_path(arguments.ref, "run"), wait=arguments.wait)
    answer = client.send("POST", path, body, _once(arguments))
    if "run" not in answer:
        say(json.dumps(answer) if arguments.json else answer["run_id"])
        return 0
    say(json.dumps(answer["run"], indent=2) if arguments.json else f"{answer['run']['id']} {answer['run']['status']}")
    return 0 if answer["run"]["status"] == "completed" else 1


def _once(arguments: argparse.Namespace) -> dict[str, str]:
    return {"Idempotency-Key": arguments.idempotency_key} if arguments.idempotency_key else {}


def _json(option: str, text: str) -> Any:
    """An option's value, from the command line or from a file; ValueError says what is wrong."""
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise ValueError(f"{option}: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{option} is no JSON: {error}") from error


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--label '{text}' is no name=value")
    return name, value


def _watch(client: Client, arguments: argparse.Namespace) -> int:
    """1 when the run did not end as `completed`."""
    out, status = console(), ""
    for event, data in follow_events(client, arguments.id):
        out.print(event_line(event, data))
        status = data["status"] if event == "run_completed" else status
    return 0 if status == "completed" else 1


def _get(client: Client, arguments: argparse.Namespace) -> int:
    run = client.get(f"{_RUNS}/{quote(arguments.id, safe='')}")["run"]
    if arguments.json:
        say(json.dumps(run, indent=2))
        return 0
    show_facts(run, _FACTS)
    show_table(run["step_runs"], _STEP_COLUMNS)
    return 0


def _list(client: Client, arguments: argparse.Namespace) -> int:
    path = workflow_path(arguments.workflow, "runs") if arguments.workflow else _RUNS
    labels = [":".join(_label(text)) for text in arguments.label]
    moments = {"since": arguments.since, "until": arguments.until}
    filters = {"status": arguments.status, "trigger": arguments.trigger, "label": labels, **moments}
    found = list(rows(client, path, "runs", limit=arguments.limit, **filters))
    if arguments.json:
        say(json.dumps(found, indent=2))
    else:
        show_table(found, _COLUMNS)
    return 0


_RUNS = "/api/workflows/runs"
_COLUMNS = ("id", "workflow_id", "workflow_version", "status", "trigger", "created_at", "duration_ms")
_FACTS = ("id", "workflow_id", "workflow_version", "status", "trigger", "created_at", "started_at", "completed_at")
_STEP_COLUMNS = ("step_id", "iteration", "status", "attempt", "started_at", "duration_ms")


def _control(client: Client, arguments: argparse.Namespace) -> int:
    path = f"{_RUNS}/{quote(arguments.id, safe='')}/{arguments.action}"
    body = {}
    if arguments.action == "resume":
        asked = {"from_step": arguments.from_step, "version": arguments.version}
        body = {name: value for name, value in asked.items() if value is not None}
    answer = client.post(path, body)
    say(f"{answer['status']}, {answer['stopping']} is under way" if "stopping" in answer else answer["status"])
    return 0


def _signal(client: Client, arguments: argparse.Namespace) -> int:
    path = f"{_RUNS}/{quote(arguments.id, safe='')}/signals"
    body = {"name": arguments.name, "payload": _json("--payload", arguments.payload)}
    answer = client.send("POST", path, body, _once(arguments))
    told = "a wait goes on with it" if answer["delivered"] else "kept until a wait for it comes"
    say(json.dumps(answer) if arguments.json else told)
    return 0


def _delete(client: Client, arguments: argparse.Namespace) -> int:
    client.send("DELETE", f"{_RUNS}/{quote(arguments.id, safe='')}")
    return 0


_ACTIONS = {
    "start": _start,
    "watch": _watch,
    "get": _get,
    "list": _list,
    "cancel": _control,
    "pause": _control,
    "resume": _control,
    "signal": _signal,
    "delete": _delete,
}
