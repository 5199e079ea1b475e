"""Which parts of JSON values are equal: found out in one pass, so that any two are compared at once afterwards."""

from collections.abc import Hashable
from typing import Any


class Sameness:
    """Of parts of the values it was made of, which live and stay as they are as long as it is asked.

    JSON equality: members in any order, numbers by value, and true is not 1.
    """

    def __init__(self, *values: Any) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[int, Hashable] = {}
        for value in values:
            self._read(value)

    def __call__(self, one: Any, other: Any) -> bool:
        return self.mark(one) == self.mark(other)

    def mark(self, part: Any) -> Hashable:
        """Equal for parts that are equal, and for no others."""
        return self._known[id(part)] if isinstance(part, dict | list) else (isinstance(part, bool), part)

    def _read(self, part: Any) -> Hashable:
        match part:
            case dict():
                content: Hashable = frozenset((name, self._read(member)) for name, member in part.items())
            case list():
                content = tuple(map(self._read, part))
            case _:
                return self.mark(part)
        number = self._numbers.setdefault(content, len(self._numbers))
        self._known[id(part)] = ("part", number)
        return self._known[id(part)]
