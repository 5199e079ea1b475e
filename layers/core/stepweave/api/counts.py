"""How many are asked for: `?count=`."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field


class _Query(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=10, ge=1, le=100, description="How many.")


async def _count(query: Annotated[_Query, Query()]) -> int:
    return query.count


Count = Annotated[int, Depends(_count)]
"""A number of things, as a parameter of a handler."""
