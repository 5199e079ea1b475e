"""Which step runs of a run are asked for, as a parameter of a handler."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from stepweave.domain.run import StepStatus
from stepweave.services.step_lists import StepQuery


class _Query(BaseModel):
    """Unknown parameters are refused: a misspelt filter must not answer everything."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="Step runs of a page, at most.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=500, description="`next_cursor` of the page before."
    )
    step_id: str | None = Field(default=None, min_length=1, max_length=64, description="Of that step alone.")
    status: StepStatus | None = None


async def _wanted(query: Annotated[_Query, Query()]) -> StepQuery:
    return StepQuery(query.step_id, query.status, query.limit, query.cursor)


WantedSteps = Annotated[StepQuery, Depends(_wanted)]
