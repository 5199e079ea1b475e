"""Which workflows are asked for, as a parameter of a handler."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from stepweave.api.pages import Paging, list_query
from stepweave.domain.workflow import TriggerType, WorkflowStatus
from stepweave.services.listing import ListQuery, WorkflowFilters

Tag = Annotated[str, Field(min_length=1, max_length=100)]


class _Query(Paging):
    status: WorkflowStatus | None = None
    trigger_type: TriggerType | None = None
    tag: Annotated[list[Tag], Field(max_length=20)] = Field(
        default=[], description="May be given several times: then a workflow has all of them."
    )
    q: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="How the name, or what follows from one of its first words on, begins, whatever the case.",
    )


async def _wanted(query: Annotated[_Query, Query()]) -> tuple[WorkflowFilters, ListQuery]:
    tags = tuple(dict.fromkeys(tag.strip() for tag in query.tag))
    q = query.q.strip() if query.q else None
    return WorkflowFilters(query.status, query.trigger_type, tags, q or None), list_query(query)


WantedWorkflows = Annotated[tuple[WorkflowFilters, ListQuery], Depends(_wanted)]
