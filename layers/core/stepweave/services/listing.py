"""What a list is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ListQuery:
    """`offset` costs what it passes over; `cursor`, from the page before, does not."""

    limit: int = 50
    offset: int = 0
    cursor: str | None = None
