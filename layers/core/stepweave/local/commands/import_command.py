"""`stepweave import`: files of workflows into a server; those that say nothing new change nothing."""

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from stepweave.domain.workflow import SLUG
from stepweave.local.client import Client, Refused
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.remote import WORKFLOWS, client_of, query
from stepweave.local.terminal import complain, say

_KINDS = (".yaml", ".yml", ".json")


def main(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    files = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS) if folder.is_dir() else [folder]
    if not files:
        complain(f"stepweave: {folder} has no file that ends in {', '.join(_KINDS)}")
        return 1
    client, results = client_of(arguments), Counter[str]()
    for path in files:
        result, told = _take(client, path, arguments.on_conflict)
        results[result] += 1
        if result == "failed":
            complain(told)
        elif result != "unchanged":
            say(f"{result:10} {path} -> {told}")
    say(", ".join(f"{results[result]} {result}" for result in ("created", "changed", "unchanged", "failed")))
    return 1 if results["failed"] else 0


def _take(client: Client, path: Path, on_conflict: str) -> tuple[str, str]:
    """What became of a file, and the workflow's id, or what is wrong, each thing at its place in the file."""
    try:
        file = read_definition(path)
    except Unreadable as error:
        return "failed", str(error)
    document, at = _document(path, file.content)
    try:
        found = client.post(query(f"{WORKFLOWS}/import", on_conflict=on_conflict), document)
    except Refused as error:
        told = error.within(lambda place: file.place(place.removeprefix(at)))
        return "failed", f"{path}: {told}"
    return found["result"], found["workflow_id"]


def _document(path: Path, content: Any) -> tuple[Any, str]:
    """A file may hold a definition alone; its name is the workflow's slug then. Also: where the definition is in it."""
    if not isinstance(content, dict) or "definition" in content or "steps" not in content:
        return content, ""
    slug = path.stem if re.fullmatch(SLUG, path.stem) else None
    return {"definition": content, **({"slug": slug} if slug else {})}, "/definition"
