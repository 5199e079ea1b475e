"""Values, failures and text-keyed JSON as attributes of an item."""

import json
from collections.abc import Mapping
from typing import Any

from stepweave.domain.run import Fail, Value


def value_item(value: Value | None) -> dict[str, Any] | None:
    """-> `{"inline": "...", "size": 2}` or `{"ref": "runs/...", "size": 120000}`"""
    if value is None:
        return None
    place = {"inline": value.inline} if value.inline is not None else {"ref": value.ref}
    return {**place, "size": value.size}


def value_from(item: Mapping[str, Any] | None) -> Value | None:
    return Value(item.get("inline"), item.get("ref"), item["size"]) if item else None


def fail_item(fail: Fail | None) -> dict[str, Any] | None:
    """`details` is JSON text: DynamoDB knows no floats."""
    return {"code": fail.code, "message": fail.message, "details": json.dumps(fail.details)} if fail else None


def fail_from(item: Mapping[str, Any] | None) -> Fail | None:
    return Fail(item["code"], item["message"], json.loads(item["details"])) if item else None
