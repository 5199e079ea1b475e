"""Pages of a list in the table: keys from the index, items by key, the total by counting keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from stepweave.adapters.cursor import decode, encode
from stepweave.adapters.table import BY_LIST, Item, Table


@dataclass(frozen=True)
class Keys:
    """One page of keys."""

    items: Sequence[Item]
    total: int
    next_cursor: str | None


def page_of_keys(
    table: Table, name: str, *, limit: int, offset: int, cursor: str | None, ascending: bool = False
) -> Keys:
    """Keys after the cursor, the highest first unless `ascending`, `offset` of them passed over.

    One more than `limit` is read, to see if a page follows.
    """
    after_sign = ">" if ascending else "<"
    condition, values = "#list = :list", {":list": name}
    after = {":after": decode(name, cursor)} if cursor else {}
    here = f"{condition} AND #list_key {after_sign} :after" if cursor else condition
    found = table.query(here, values | after, index=BY_LIST, limit=offset + limit + 1, descending=not ascending)[
        offset:
    ]
    rows = found[:limit]
    following = encode(name, rows[-1]["list_key"]) if len(found) > limit else None
    return Keys(rows, table.count(condition, values, index=BY_LIST), following)
