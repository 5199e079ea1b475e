"""`stepweave schedules`: schedules of a server; and moving those of a deployed stack to its backend."""

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stepweave.local.client import Client, Refused
from stepweave.local.remote import client_of, query, rows, workflow_path
from stepweave.local.tables import show_facts, show_table
from stepweave.local.terminal import complain, say

_SCHEDULES = "/api/workflows/schedules"
_COLUMNS = ("id", "cron_expression", "rate", "timezone", "enabled", "next_run_at", "last_status")
_FACTS = (
    *("id", "workflow_id", "cron_expression", "rate", "timezone", "enabled", "start_at", "end_at", "jitter"),
    *("overlap_policy", "catch_up", "source", "next_run_at", "last_fired_at", "last_run_id", "last_status"),
)


def main(arguments: argparse.Namespace) -> int:
    if arguments.action == "migrate":
        from stepweave.local.deployed_schedules import migrate

        return migrate(arguments.stack)
    client = client_of(arguments)
    try:
        _ACTIONS[arguments.action](client, arguments)
    except (Refused, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1
    return 0


def _path(arguments: argparse.Namespace, *more: str) -> str:
    return "/".join((_SCHEDULES, quote(arguments.id, safe=""), *more))


def _list(client: Client, arguments: argparse.Namespace) -> None:
    found = list(rows(client, workflow_path(arguments.workflow, "schedules"), "schedules"))
    if arguments.json:
        say(json.dumps(found, indent=2))
    else:
        show_table(found, _COLUMNS)


def _create(client: Client, arguments: argparse.Namespace) -> None:
    body = {
        "cron_expression": arguments.cron,
        "rate": arguments.rate,
        "timezone": arguments.timezone,
        "input_data": _input(arguments.input),
        "start_at": arguments.start_at,
        "end_at": arguments.end_at,
        "jitter": arguments.jitter,
        "catch_up": arguments.catch_up,
        "overlap_policy": arguments.overlap_policy,
        "enabled": not arguments.disabled,
    }
    given = {name: value for name, value in body.items() if value is not None}
    made = client.post(workflow_path(arguments.workflow, "schedules"), given)
    say(json.dumps(made) if arguments.json else made["schedule_id"])


def _input(text: str) -> Any:
    """From the command line or from a file; ValueError says what is wrong."""
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise ValueError(f"--input: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"--input is no JSON: {error}") from error


def _get(client: Client, arguments: argparse.Namespace) -> None:
    _show(client.get(_path(arguments)), arguments)


def _next(client: Client, arguments: argparse.Namespace) -> None:
    found = client.get(query(_path(arguments, "next"), count=arguments.count))
    say(json.dumps(found) if arguments.json else "\n".join(found["times"]))


def _fire(client: Client, arguments: argparse.Namespace) -> None:
    fired = client.post(_path(arguments, "fire"), {})
    if arguments.json:
        say(json.dumps(fired))
    elif fired["run_id"]:
        say(fired["run_id"])
    else:
        complain(f"{arguments.id} has started nothing: {fired['reason']}")


def _backfill(client: Client, arguments: argparse.Namespace) -> None:
    """Request after request, until the whole stretch is done."""
    since, runs = arguments.since, []
    while since is not None:
        done = client.post(_path(arguments, "backfill"), {"from": since, "to": arguments.until})
        runs += done["run_ids"]
        since = done["next_from"]
    say(json.dumps({"run_ids": runs}) if arguments.json else "\n".join(runs))


def _switch(client: Client, arguments: argparse.Namespace) -> None:
    _show(client.send("PATCH", _path(arguments), {"enabled": arguments.action == "enable"}), arguments)


def _delete(client: Client, arguments: argparse.Namespace) -> None:
    client.send("DELETE", _path(arguments))
    complain(f"{arguments.id} is deleted")


def _show(schedule: Any, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say(json.dumps(schedule, indent=2))
    else:
        show_facts(schedule, _FACTS)


_ACTIONS = {
    "list": _list,
    "create": _create,
    "get": _get,
    "next": _next,
    "fire": _fire,
    "backfill": _backfill,
    "enable": _switch,
    "disable": _switch,
    "delete": _delete,
}
