"""Values, failures and text-keyed JSON as attributes of an item."""

import json
from collections.abc import Mapping
from typing import Any

from stepweave.domain.json_value import well_formed
from stepweave.domain.run import Fail, Value

MAX_DETAILS_BYTES = 50_000
"""Of JSON: an item holds 400 KB, and a failure is written with its step and once more with its run."""
MAX_MESSAGE_CHARACTERS = 4_000
_LONGEST_CHARACTER = 6
"""Bytes in JSON: a control character is escaped."""


def value_item(value: Value | None) -> dict[str, Any] | None:
    """-> `{"inline": "...", "size": 2}` or `{"ref": "runs/...", "size": 120000}`"""
    if value is None:
        return None
    place = {"inline": value.inline} if value.inline is not None else {"ref": value.ref}
    return {**place, "size": value.size}


def value_from(item: Mapping[str, Any] | None) -> Value | None:
    return Value(item.get("inline"), item.get("ref"), item["size"]) if item else None


def fail_item(fail: Fail | None) -> dict[str, Any] | None:
    """`details` is JSON text: DynamoDB knows no floats. What is too long is cut, so that a failure is always told."""
    if fail is None:
        return None
    message = well_formed(fail.message[:MAX_MESSAGE_CHARACTERS])
    details = _json(fail.details)
    if len(details.encode()) > MAX_DETAILS_BYTES:
        details = _json(_cut(fail.details))
    return {"code": fail.code, "message": message, "details": details}


def _cut(details: Mapping[str, Any]) -> dict[str, Any]:
    """The small members, of long texts the beginning, and a note; the smaller ones leave room to the larger."""
    kept: dict[str, Any] = {"cut": f"Members are shortened or left out: they had over {MAX_DETAILS_BYTES} bytes."}
    left = MAX_DETAILS_BYTES - _size(kept)
    ordered = sorted(details.items(), key=lambda member: _size(dict([member])))
    for index, (name, value) in enumerate(ordered):
        room = left // (len(ordered) - index)
        if isinstance(value, str) and _size({name: value}) > room:
            value = value[: max(0, room - _size({name: ""})) // _LONGEST_CHARACTER]
        if _size({name: value}) <= room:
            kept[name] = value
            left -= _size({name: value})
    return kept


def _size(value: Mapping[str, Any]) -> int:
    return len(_json(value).encode())


def _json(value: Mapping[str, Any]) -> str:
    return well_formed(json.dumps(value, ensure_ascii=False))


def fail_from(item: Mapping[str, Any] | None) -> Fail | None:
    return Fail(item["code"], item["message"], json.loads(item["details"])) if item else None
