"""moto's DynamoDB, repaired: one call at a time, journalled before it is answered, and quick with many items.

Without a lock moto loses acknowledged updates under threads. The lock is re-entrant, since a function that runs in this
process may be called from within a call.
"""

import copy
import inspect
from collections.abc import Iterable
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from stepweave.local.current import Current
from stepweave.local.journal import Image, Write
from stepweave.local.repair import Method, add, repair

_OPERATIONS = ("Put", "Update", "Delete")


def install(current: Current) -> None:
    """Repairs moto for this process; to be called once."""
    repair(DynamoHandler, "call_action", lambda original: _journalled(original, current))
    repair(DynamoDBBackend, "transact_write_items", _restoring)
    repair(Table, "query", _within_its_partition)
    repair(Table, "all_items", _of_the_partition)
    # Transactions are rolled back item by item (`_restoring`); moto would copy the whole table before each.
    add(Table, "__deepcopy__", lambda table, _: table)


def load(current: Current, account: str, region: str) -> None:
    """Fills the tables with what the journal holds. Tables must exist."""
    if current.journal is None:
        return
    backend = dynamodb_backends[account][region]
    with current.lock:
        for table, image in current.journal.items():
            backend.get_table(table).put_item(image, overwrite=True)


def _journalled(original: Method, current: Current) -> Method:
    def call_action(handler: Any) -> Any:
        with current.lock:
            journal = current.journal
            if journal is not None:
                _take_over(handler.dynamodb_backend, journal.guest_writes())
            answer = original(handler)
            if journal is not None and answer[0] < 300:
                writes = list(_writes(handler))
                if writes:
                    journal.write(writes)
                if current.on_write is not None:
                    for _, key, _ in writes:
                        current.on_write(key["pk"]["S"])
            return answer

    return call_action


def _take_over(backend: Any, writes: list[Write]) -> None:
    for name, key, image in writes:
        table = backend.get_table(name)
        if image is None:
            table.delete_item(*backend.get_keys_value(table, key))
        else:
            table.put_item(image, overwrite=True)


def _writes(handler: Any) -> Iterable[Write]:
    backend = handler.dynamodb_backend
    action = camelcase_to_underscores(handler._get_action())
    for name, attributes in _touched(action, handler.body):
        table = backend.get_table(name)
        key = {part: attributes[part] for part in (table.hash_key_attr, table.range_key_attr) if part}
        item = backend.get_item(name, key)
        yield table.name, key, item.to_json()["Attributes"] if item else None


def _touched(action: str, body: dict[str, Any]) -> Iterable[tuple[str, Image]]:
    """Table and attributes (at least the key) of every item a call has written."""
    match action:
        case "put_item":
            yield body["TableName"], body["Item"]
        case "update_item" | "delete_item":
            yield body["TableName"], body["Key"]
        case "batch_write_item":
            for table, requests in body["RequestItems"].items():
                for request in requests:
                    (operation,) = request.values()
                    yield table, operation.get("Item") or operation["Key"]
        case "transact_write_items":
            yield from _of_transaction(body["TransactItems"])
        case _:
            return


def _of_transaction(items: list[dict[str, Any]]) -> Iterable[tuple[str, Image]]:
    for item in items:
        for name, operation in item.items():
            if name in _OPERATIONS:
                yield operation["TableName"], operation.get("Item") or operation["Key"]


def _restoring(original: Method) -> Method:
    """A transaction that fails puts back the items it had touched."""

    def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        before = [
            (table, keys, copy.deepcopy(table.get_item(*keys)))
            for name, attributes in _of_transaction(transact_items)
            for table in [backend.get_table(name)]
            for keys in [backend.get_keys_value(table, attributes)]
        ]
        try:
            original(backend, transact_items)
        except Exception:
            for table, keys, item in before:
                _restore(table, keys, item)
            raise

    return transact_write_items


def _restore(table: Any, keys: tuple[DynamoType, DynamoType | None], item: Any) -> None:
    partition, sort = keys
    if item is None:
        table.delete_item(partition, sort)
    elif sort is None:
        table.items[partition] = item
    else:
        table.items[partition][sort] = item


def _within_its_partition(original: Method) -> Method:
    """moto sorts the whole table for every query; the partition is enough. The lock makes the mark safe."""
    signature = inspect.signature(original)

    def query(table: Any, *positional: Any, **named: Any) -> Any:
        call = signature.bind(table, *positional, **named).arguments
        table.stepweave_query = (None if call.get("index_name") else call["hash_key"],)
        try:
            return original(table, *positional, **named)
        finally:
            table.stepweave_query = ()

    return query


def _of_the_partition(original: Method) -> Method:
    def all_items(table: Any) -> Any:
        mark = getattr(table, "stepweave_query", ())
        if not mark:
            return original(table)
        (partition,) = mark  # None for a query of an index; the query itself sorts by every key attribute.
        groups = table.items.values() if partition is None else [table.items.get(partition, {})]
        return [item for group in groups for item in (group.values() if table.range_key_attr else [group])]

    return all_items
