"""The server of a command: STEPWEAVE_URL with STEPWEAVE_API_KEY, else the one that serves the data folder."""

import argparse
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from stepweave.local.client import Client
from stepweave.local.home import Home
from stepweave.local.unusable import Unusable

WORKFLOWS = "/api/workflows"
TEMPLATES = "/api/workflows/templates"
_ROWS = 200


class NoServer(Unusable):
    """Nothing tells which server is meant."""


def client_of(arguments: argparse.Namespace) -> Client:
    """A client by the environment, else by the data folder; `NoServer` says what is missing and how to give it."""
    url, key = os.environ.get("STEPWEAVE_URL"), os.environ.get("STEPWEAVE_API_KEY")
    if url:
        if not key:
            raise NoServer("STEPWEAVE_URL is set, STEPWEAVE_API_KEY is not. `stepweave keys create` makes a key.")
        return Client(url.rstrip("/"), key)
    home = Home(arguments.home)
    served, own = home.url(), home.key()
    if not served or not (key or own):
        raise NoServer(
            f"{home.folder} has never been served. Run `stepweave dev`, or set STEPWEAVE_URL and STEPWEAVE_API_KEY."
        )
    return Client(served, key or own or "")


def workflow_path(ref: str, *more: str) -> str:
    """-> `/api/workflows/fetch/versions`"""
    return "/".join((WORKFLOWS, quote(ref, safe=""), *more))


def template_path(ref: str, *more: str) -> str:
    return "/".join((TEMPLATES, quote(ref, safe=""), *more))


def query(path: str, **parameters: Any) -> str:
    """The path with those parameters that have a value; a list gives its parameter once for each."""
    given = {name: value for name, value in parameters.items() if value not in (None, [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def rows(client: Client, path: str, name: str, *, limit: int | None = None, **filters: Any) -> Iterator[Any]:
    """The rows of a list, page after page, at most `limit`."""
    cursor, left = None, limit
    while left is None or left > 0:
        size = _ROWS if left is None else min(left, _ROWS)
        page = client.get(query(path, limit=size, cursor=cursor, **filters))
        yield from page[name]
        cursor, left = page["next_cursor"], None if left is None else left - len(page[name])
        if cursor is None:
            return
