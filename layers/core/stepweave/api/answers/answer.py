"""Answers of every kind: JSON, lists, whole values."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from stepweave.services.ports import Page
from stepweave.services.runs import Whole

Json = dict[str, Any]


def answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. Half surrogate pairs, which a step may have stored, go out escaped: UTF-8 has no form for them."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        content = text.encode()
    except UnicodeEncodeError:
        content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    return Response(content, status_code=status, headers=headers, media_type="application/json")


def page(name: str, rows: Sequence[Mapping[str, Any]], of: Page[Any]) -> Response:
    """A list: the rows under the name of their kind, how many match in all, and where the next page begins."""
    return answer({name: rows, "total": of.total, "next_cursor": of.next_cursor})


def whole(read: Whole) -> Response:
    """A value itself, or 307 to where it is to be fetched; the link is short-lived, so nobody may keep it."""
    if read.link is None:
        return answer(read.value)
    return Response(status_code=307, headers={"location": read.link, "cache-control": "no-store"})
