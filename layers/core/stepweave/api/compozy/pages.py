"""Paging of lists that were published without it: all up to 500 rows, or a page as of the lists of resources."""

from typing import Annotated, Any

from fastapi import Depends

from stepweave.api.compozy.listing import MAX_LIMIT, Cursor, Limit, limit_of
from stepweave.services.listing import ListQuery


async def _unpaged(limit: Limit = None, cursor: Cursor = "") -> ListQuery:
    whole = limit is None and not cursor
    return ListQuery(limit=MAX_LIMIT if whole else limit_of(limit), cursor=cursor or None)


UnpagedListing = Annotated[ListQuery, Depends(_unpaged)]
"""Which rows are asked for, as a parameter of a handler."""


def page_member(limit: int, total: int, next_cursor: str | None, prev_cursor: str | None = None) -> dict[str, Any]:
    """The `page` of a list; `total` is left out when it is 0, and so is a cursor that there is not."""
    members = {"limit": limit, "total": total or None, "next_cursor": next_cursor, "prev_cursor": prev_cursor}
    return {name: value for name, value in members.items() if value is not None}
