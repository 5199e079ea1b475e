"""Where values lie that are too large for an item."""

from collections.abc import Sequence
from typing import Any, Protocol

from stepweave.domain.run import Value


class Values(Protocol):
    """JSON values: small ones inline, large ones in S3."""

    def store(self, key: str, value: Any) -> Value: ...
    def load(self, value: Value) -> Any: ...
    def link(self, value: Value) -> str | None:
        """Where a client can fetch a large value by itself, for a few minutes; None where it cannot."""

    def remove(self, prefix: str) -> None:
        """Takes away all values whose key begins so."""


class LoopItems(Protocol):
    """The items of a loop, which never change in an execution: a function may keep them in memory."""

    def get(self, run_id: str, execution: int, loop_key: str) -> Sequence[Any]: ...
