"""`stepweave templates`: templates of a server."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepweave.local.client import Client, Refused
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.remote import TEMPLATES, client_of, rows, template_path
from stepweave.local.tables import show_table
from stepweave.local.terminal import complain, say


def main(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    try:
        _ACTIONS[arguments.action](client, arguments)
    except (Refused, Unreadable, ValueError) as error:
        complain(f"stepweave: {error}")
        return 1
    return 0


def _list(client: Client, arguments: argparse.Namespace) -> None:
    filters = {"category": arguments.category, "q": arguments.q}
    found = list(rows(client, TEMPLATES, "templates", **filters))
    if arguments.json:
        say(json.dumps(found, indent=2))
        return
    show_table(
        [{**row, "template": row["slug"] or row["id"]} for row in found],
        ("template", "category", "name", "description"),
    )


def _get(client: Client, arguments: argparse.Namespace) -> None:
    template = client.get(template_path(arguments.ref))
    if arguments.json:
        say(json.dumps(template, indent=2))
        return
    from stepweave.services.yaml_writing import yaml_of

    say(f"{template['name']}: {template['description'] or ''}\n")
    declared = template["parameters"].get("properties", {})
    told = [{"parameter": name, **of, "default": json.dumps(of.get("default"))} for name, of in declared.items()]
    show_table(told, ("parameter", "default", "description"))
    say("\n" + yaml_of(template["definition"]).rstrip("\n"))


def _install(client: Client, arguments: argparse.Namespace) -> None:
    declared = (
        client.get(template_path(arguments.ref))["parameters"].get("properties", {}) if arguments.parameter else {}
    )
    body: dict[str, Any] = {"parameters": dict(_parameter(each, declared) for each in arguments.parameter)}
    body |= {name: value for name in ("name", "tags") if (value := getattr(arguments, name))}
    made = client.post(template_path(arguments.ref, "install"), body)
    say(json.dumps(made, indent=2) if arguments.json else made["workflow_id"])


def _parameter(text: str, declared: Mapping[str, Any]) -> tuple[str, Any]:
    """`name=value`; the value is text where the template wants text, else JSON."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--parameter {text}: write name=value")
    if declared.get(name, {}).get("type") == "string":
        return name, value
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _create(client: Client, arguments: argparse.Namespace) -> None:
    body: dict[str, Any] = {name: value for name in _MEMBERS if (value := getattr(arguments, name))}
    if arguments.file:
        body["definition"] = read_definition(arguments.file).content
    if arguments.parameters:
        body["parameters"] = read_definition(Path(arguments.parameters)).content
    made = client.post(TEMPLATES, body)
    say(json.dumps(made["template"], indent=2) if arguments.json else made["id"])


_MEMBERS = ("workflow_id", "version", "name", "description", "category", "tags")


def _delete(client: Client, arguments: argparse.Namespace) -> None:
    client.send("DELETE", template_path(arguments.ref))
    complain(f"{arguments.ref} is deleted")


_ACTIONS = {"list": _list, "get": _get, "install": _install, "create": _create, "delete": _delete}
