"""Pages of lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of a list, how many match in all, and where the next page begins (None: nowhere)."""

    rows: Sequence[T]
    total: int
    next_cursor: str | None
