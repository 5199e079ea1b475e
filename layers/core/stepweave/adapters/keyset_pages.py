"""Pages of a list in the table that is ordered by names: keys after a name, or before one."""

from dataclasses import dataclass
from typing import Any

from stepweave.adapters.table import BY_LIST, Item, Table
from stepweave.domain.keyset import Place

_BETWEEN = "#list = :list AND #list_key BETWEEN :first AND :last"
_LAST = "\x7f"
"""After every character of a name."""


@dataclass(frozen=True)
class KeysetKeys:
    """Keys in order, and from where the pages after and before them are read (None: there is none)."""

    keys: list[Item]
    after: Place | None
    before: Place | None


def keyset_page(table: Table, name: str, *, prefix: str, limit: int, at: Place | None) -> KeysetKeys:
    """Those whose key begins with `prefix`. One more than the page has is read, to see whether another page follows,
    and one on its other side."""
    values = {":list": name, ":first": prefix or " ", ":last": prefix + _LAST}
    descending = at is not None and at.side == "before"
    found = _keys(table, _bounded(values, at), limit + 1, descending=descending)
    more, keys = len(found) > limit, found[:limit]
    other = False
    if at is not None and keys:
        side = Place("before" if at.side == "after" else "after", keys[0]["list_key"])
        other = bool(_keys(table, _bounded(values, side), 1, descending=not descending))
    if descending:
        keys.reverse()
    follows, precedes = (other, more) if descending else (more, other)
    return KeysetKeys(
        keys,
        Place("after", keys[-1]["list_key"]) if follows else None,
        Place("before", keys[0]["list_key"]) if precedes else None,
    )


def count_of(table: Table, name: str, prefix: str) -> int:
    """How many keys begin so; a read unit per 8 KB of them."""
    return table.count(_BETWEEN, {":list": name, ":first": prefix, ":last": prefix + _LAST}, index=BY_LIST)


def _bounded(values: dict[str, str], at: Place | None) -> dict[str, str]:
    """Names have no character below a space, so that one follows the name itself and comes before all others."""
    if at is None:
        return values
    if at.side == "after":
        return values | {":first": max(values[":first"], f"{at.id} ")}
    return values | {":last": min(values[":last"], f"{at.id[:-1]}{chr(ord(at.id[-1]) - 1)}{_LAST}")}


def _keys(table: Table, values: dict[str, Any], limit: int, *, descending: bool) -> list[Item]:
    if values[":first"] > values[":last"]:
        return []
    return table.query(_BETWEEN, values, index=BY_LIST, limit=limit, descending=descending)
