"""What lists of workflows are asked for, and what of a workflow is shown whole, as parameters of a handler."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from stepweave.api.compozy.listing import MAX_LIMIT, Cursor, Limit, Prefix, limit_of
from stepweave.domain.resource import DEFAULT_PROJECT

EXPANDABLE = frozenset({"tasks", "agents", "tools"})

_Expand = Annotated[
    list[str] | None, Query(description="Of `tasks`, `agents`, `tools` those that are shown whole, not by their ids.")
]
_Project = Annotated[str, Query(alias="project", description="Accepted, and without effect.")]


@dataclass(frozen=True)
class WantedNames:
    """Which workflows: those whose name begins so; a cursor of another page."""

    prefix: str
    limit: int
    cursor: str | None


async def _wanted(limit: Limit = None, cursor: Cursor = "", q: Prefix = "") -> WantedNames:
    is_whole = limit is None and not cursor
    return WantedNames(q, MAX_LIMIT if is_whole else limit_of(limit), cursor or None)


async def _expanded(expand: _Expand = None, _project: _Project = DEFAULT_PROJECT) -> frozenset[str]:
    """With commas or spaces between, or given several times; other words are passed over."""
    return EXPANDABLE & {word for each in expand or () for word in re.split(r"[\s,]+", each)}


Force = Annotated[bool, Query(description="Active executions are canceled.")]
WantedWorkflows = Annotated[WantedNames, Depends(_wanted)]
Expanded = Annotated[frozenset[str], Depends(_expanded)]
