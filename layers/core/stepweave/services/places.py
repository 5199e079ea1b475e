"""Places in the story of a run, and the ids of its events, which name them.

An event's id is its number. Steps that a condition jumped over are told with it, under its number: all but the last of
such a group have a counter, `12.0`, `12.1`; the last is `12`. What follows a number without one of its own is `12~`.
"""

import re
from typing import NamedTuple

_ID = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6})|(~))?")
_WHOLE, _AFTER = 10**6, 10**6 + 1


class Place(NamedTuple):
    """Ordered. `part` counts within a number: `_WHOLE` is its last event, `_AFTER` what follows it."""

    number: int
    part: int

    @property
    def id(self) -> str:
        """-> `12`, `12.0`, `12~`"""
        if self.part == _WHOLE:
            return str(self.number)
        return f"{self.number}~" if self.part == _AFTER else f"{self.number}.{self.part}"


BEFORE_ALL = Place(-1, _AFTER)


def whole(number: int) -> Place:
    return Place(number, _WHOLE)


def after(number: int) -> Place:
    return Place(number, _AFTER)


def parse_id(text: str) -> Place | None:
    """The place that an id names; None for what is none."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    part = _AFTER if found[3] else _WHOLE if found[2] is None else int(found[2])
    return Place(int(found[1]), part)
