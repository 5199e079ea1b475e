"""Counts what is read of DynamoDB: requests, items and read units."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

KEYS = 250
"""Bytes of an index entry where a count alone is asked for."""
UNIT = 4096
"""Bytes of a strongly consistent read unit (DynamoDB developer guide); an index is read at half of it."""


@dataclass
class AwsReads:
    """What was read since the last `clear`. Units by the size of items in the wire's JSON, which is a little more than
    what DynamoDB counts."""

    requests: int = 0
    items: int = 0
    units: float = 0

    def clear(self) -> None:
        self.requests, self.items, self.units = 0, 0, 0

    def _reading(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["index"] = "IndexName" in json.loads(params["body"])

    def _read(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        match model.name:
            case "GetItem":
                self._add([parsed["Item"]] if "Item" in parsed else [], 1)
            case "Query":
                found = parsed.get("Items")
                size = max(1, parsed["ScannedCount"] * KEYS if found is None else sum(map(_size, found)))
                self._count(parsed["ScannedCount"], math.ceil(size / UNIT) / (2 if context["index"] else 1))
            case "BatchGetItem":
                self._add([item for found in parsed["Responses"].values() for item in found], 1)
            case "Scan":
                raise AssertionError("a request scans the table")

    def _add(self, items: list[Any], per_unit: float) -> None:
        self._count(len(items), sum(math.ceil(_size(item) / UNIT) for item in items) * per_unit)

    def _count(self, items: int, units: float) -> None:
        self.requests, self.items, self.units = self.requests + 1, self.items + items, self.units + units


def _size(item: Any) -> int:
    return len(json.dumps(item))


@contextmanager
def reading(*, inside_counting: bool = False) -> Iterator[AwsReads]:
    """Counts the reads of every client that boto3's default session makes meanwhile."""
    reads = AwsReads()
    if not inside_counting:
        boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call.dynamodb", reads._reading)
    events.register("after-call.dynamodb", reads._read)
    try:
        yield reads
    finally:
        events.unregister("before-call.dynamodb", reads._reading)
        events.unregister("after-call.dynamodb", reads._read)
        if not inside_counting:
            boto3.setup_default_session()
