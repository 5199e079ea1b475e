"""Counts what is asked of AWS."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


class AwsCalls:
    """Calls by operation, from the moment of `counting` on."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def clear(self) -> None:
        self.counted.clear()

    def total(self) -> int:
        return sum(self.counted.values())

    def writes(self) -> int:
        return sum(count for operation, count in self.counted.items() if operation in WRITES)

    def _count(self, model: Any, **_: Any) -> None:
        # The embedded Step Functions calls its Task states' functions with a client of the same session.
        if model.name != "Invoke":
            self.counted[model.name] += 1


@contextmanager
def counting() -> Iterator[AwsCalls]:
    """Counts the calls of every client that boto3's default session makes meanwhile."""
    calls = AwsCalls()
    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call", calls._count)
    try:
        yield calls
    finally:
        events.unregister("before-call", calls._count)
        boto3.setup_default_session()
