"""`stepweave workflows`: workflows of a server."""

import argparse
import json
from typing import Any

from stepweave.local.client import Client, Refused
from stepweave.local.definition_file import DefinitionFile, Unreadable, read_definition
from stepweave.local.remote import WORKFLOWS, client_of, query, rows, workflow_path
from stepweave.local.tables import show_facts, show_table
from stepweave.local.terminal import complain, say

_COLUMNS = ("id", "slug", "name", "version", "status", "trigger_type", "tags", "updated_at")
_FACTS = ("id", "slug", "name", "version", "status", "trigger_type", "tags", "updated_at", "updated_by")


def main(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    try:
        _ACTIONS[arguments.action](client, arguments)
    except (Refused, Unreadable) as error:
        complain(f"stepweave: {error}")
        return 1
    return 0


def _list(client: Client, arguments: argparse.Namespace) -> None:
    filters = {"status": arguments.status, "trigger_type": arguments.trigger_type, "tag": arguments.tag}
    found = list(rows(client, WORKFLOWS, "workflows", limit=arguments.limit, q=arguments.q, **filters))
    if arguments.json:
        say(json.dumps(found, indent=2))
    else:
        show_table(found, _COLUMNS)


def _get(client: Client, arguments: argparse.Namespace) -> None:
    _show(client.get(workflow_path(arguments.ref)), arguments)


def _create(client: Client, arguments: argparse.Namespace) -> None:
    file = read_definition(arguments.file)
    body = {"definition": file.content, "slug": arguments.slug, "status": arguments.status, "tags": arguments.tag}
    with_file = _told_by(file, lambda: client.post(WORKFLOWS, _given(body)))
    _show(with_file["workflow"], arguments)


def _put(client: Client, arguments: argparse.Namespace) -> None:
    file = read_definition(arguments.file)
    body = _given({"definition": file.content, "change_summary": arguments.summary, "tags": arguments.tag})
    headers = {"If-Match": arguments.if_match} if arguments.if_match else {}
    _show(_told_by(file, lambda: client.send("PUT", workflow_path(arguments.ref), body, headers)), arguments)


def _versions(client: Client, arguments: argparse.Namespace) -> None:
    found = list(rows(client, workflow_path(arguments.ref, "versions"), "versions"))
    if arguments.json:
        say(json.dumps(found, indent=2))
    else:
        show_table(found, ("version", "change_summary", "created_at", "created_by"))


def _diff(client: Client, arguments: argparse.Namespace) -> None:
    path = query(workflow_path(arguments.ref, "diff"), v1=arguments.v1, v2=arguments.v2)
    if arguments.json:
        say(json.dumps(client.get(path), indent=2))
    else:
        say(client.text(path, "text/plain").rstrip("\n") or "No changes")


def _rollback(client: Client, arguments: argparse.Namespace) -> None:
    _show(client.post(workflow_path(arguments.ref, "rollback"), {"version": arguments.version}), arguments)


def _status(client: Client, arguments: argparse.Namespace) -> None:
    _show(client.send("PATCH", workflow_path(arguments.ref, "status"), {"status": arguments.status}), arguments)


def _delete(client: Client, arguments: argparse.Namespace) -> None:
    client.send("DELETE", query(workflow_path(arguments.ref), force="true" if arguments.force else None))
    complain(f"{arguments.ref} is deleted")


_ACTIONS = {
    "list": _list,
    "get": _get,
    "create": _create,
    "put": _put,
    "versions": _versions,
    "diff": _diff,
    "rollback": _rollback,
    "status": _status,
    "delete": _delete,
}


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _told_by(file: DefinitionFile, send: Any) -> Any:
    """What the server says of a definition is told at its place in the file."""
    try:
        return send()
    except Refused as error:
        raise error.within(lambda path: file.place(path.removeprefix("/definition"))) from error


def _show(workflow: Any, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say(json.dumps(workflow, indent=2))
        return
    from stepweave.services.yaml_writing import yaml_of

    show_facts(workflow, _FACTS)
    if arguments.action == "get":
        say("\n" + yaml_of(workflow["definition"]).rstrip("\n"))
