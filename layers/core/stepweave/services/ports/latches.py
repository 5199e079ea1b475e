"""Where latches are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Latch:
    """Who has settled of those that an await waits for, and the tokens of the await; both only grow."""

    settled: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()


class Latches(Protocol):
    """A latch per run, execution, await and loop position; it comes into being with the first word on it."""

    def add(self, run_id: str, execution: int, position: str, await_id: str, steps: Iterable[str]) -> Latch:
        """Says that those steps have settled."""

    def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
        """Says which token lets the await go on. A retried await has another, and the first may arrive after it."""
