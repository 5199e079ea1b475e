"""Whether a deletion may stop what is under way, as a parameter of a handler."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field


class _Query(BaseModel):
    """Unknown parameters are refused, as everywhere."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(default=False, description="Whether active runs are cancelled; without it they refuse it.")


async def _force(query: Annotated[_Query, Query()]) -> bool:
    return query.force


Force = Annotated[bool, Depends(_force)]
