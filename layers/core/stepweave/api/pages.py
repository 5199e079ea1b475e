"""Paging of lists, as the contract has it: limit, offset, and a keyset cursor beside them."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from stepweave.services.listing import ListQuery


class Paging(BaseModel):
    """Unknown parameters are refused: a misspelt filter must not answer everything."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="Rows of a page.")
    offset: int = Field(default=0, ge=0, le=2**31 - 1, description="Rows to pass over; its cost grows with it.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=500, description="`next_cursor` of the page before; constant cost."
    )


async def _list_query(paging: Annotated[Paging, Query()]) -> ListQuery:
    return list_query(paging)


def list_query(paging: Paging) -> ListQuery:
    return ListQuery(limit=paging.limit, offset=paging.offset, cursor=paging.cursor)


Listing = Annotated[ListQuery, Depends(_list_query)]
"""Which rows of a list are asked for, as a parameter of a handler."""
