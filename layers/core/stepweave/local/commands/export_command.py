"""`stepweave export`: the workflows of a server as files, one each, for keeping them in git."""

import argparse
from pathlib import Path

from stepweave.local.client import Client, Refused
from stepweave.local.remote import WORKFLOWS, client_of, query, rows, workflow_path
from stepweave.local.terminal import complain, say


def main(arguments: argparse.Namespace) -> int:
    client = client_of(arguments)
    folder: Path = arguments.folder
    written = unchanged = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row in rows(client, WORKFLOWS, "workflows", tag=arguments.tag):
            path = folder / f"{row['slug'] or row['id']}.yaml"
            if _write(path, _document(client, row["id"])):
                written += 1
                say(f"written    {path}")
            else:
                unchanged += 1
    except (Refused, OSError) as error:
        complain(f"stepweave: {error}")
        return 1
    say(f"{written} written, {unchanged} unchanged")
    return 0


def _document(client: Client, workflow_id: str) -> str:
    return client.text(query(workflow_path(workflow_id, "export"), format="yaml"), "application/yaml")


def _write(path: Path, text: str) -> bool:
    """Whether the file had to be written; a file that says the same already keeps its time."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    path.write_bytes(text.encode())
    return True
