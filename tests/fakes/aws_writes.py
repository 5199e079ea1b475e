"""Counts the write units that DynamoDB would ask for, from what stands in the emulated table before and after."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto.dynamodb.models import dynamodb_backends

from stepweave.adapters.table import TABLE
from stepweave.local.embedded import ACCOUNT, REGION

UNIT = 1024
"""Bytes of a write unit (DynamoDB developer guide); what is written in a transaction takes two for each."""
KINDS = {"PutItem": 1, "UpdateItem": 1, "DeleteItem": 1, "BatchWriteItem": 1, "TransactWriteItems": 2}
INDEXES = [[part["AttributeName"] for part in index["KeySchema"]] for index in TABLE["GlobalSecondaryIndexes"]]
Wire = dict[str, Any]


@dataclass
class AwsWrites:
    """What was written since the last `clear`.

    Sizes are those of items in the wire's JSON, which is a little more than what DynamoDB counts. An item's place in an
    index takes a unit to be made, and one to be removed; a write that is refused costs as much as one that is not.
    """

    units: int = 0
    _before: dict[str, Wire] = field(default_factory=dict)

    def clear(self) -> None:
        self.units = 0

    def _writing(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if model.name in KINDS:
            self._before = {json.dumps(key): _item(*key) for key in _written(json.loads(params["body"]))}

    def _wrote(self, model: Any, **_: Any) -> None:
        if model.name not in KINDS:
            return
        for key, before in self._before.items():
            after = _item(*json.loads(key))
            self.units += KINDS[model.name] * max(1, math.ceil(max(map(_size, (before, after))) / UNIT))
            places = [(_place(before, index), _place(after, index)) for index in INDEXES]
            self.units += sum((old is not None) + (new is not None) for old, new in places if old != new)


def _written(request: Wire) -> Iterator[tuple[str, str, str]]:
    """Table and key of every item that a request writes."""
    writes = [next(iter(each.values())) for each in request.get("TransactItems", ())]
    for table, batch in request.get("RequestItems", {}).items():
        writes += [{"TableName": table, **next(iter(each.values()))} for each in batch]
    for write in writes or [request]:
        of = write.get("Item") or write["Key"]
        yield write["TableName"], of["pk"]["S"], of["sk"]["S"]


def _item(table_name: str, pk: str, sk: str) -> Wire:
    table = dynamodb_backends[ACCOUNT][REGION].get_table(table_name)
    found = table.get_item(
        *dynamodb_backends[ACCOUNT][REGION].get_keys_value(table, {"pk": {"S": pk}, "sk": {"S": sk}})
    )
    return dict(found.to_json()["Attributes"]) if found else {}


def _place(item: Wire, index: list[str]) -> list[Any] | None:
    place = [item.get(name) for name in index]
    return place if all(place) else None


def _size(item: Wire) -> int:
    return len(json.dumps(item))


@contextmanager
def writing() -> Iterator[AwsWrites]:
    """Counts the writes of every client that the default session of boto3 has; inside `reading` or `counting`."""
    writes = AwsWrites()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call.dynamodb", writes._writing)
    events.register("after-call.dynamodb", writes._wrote)
    try:
        yield writes
    finally:
        events.unregister("before-call.dynamodb", writes._writing)
        events.unregister("after-call.dynamodb", writes._wrote)
