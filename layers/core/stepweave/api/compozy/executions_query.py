"""Which executions a list has, as a parameter of a handler."""

from typing import Annotated

from fastapi import Depends, Query

from stepweave.api.compozy.words import RUN_STATUSES
from stepweave.errors import Fault, Invalid
from stepweave.services.listing import RunFilters


async def _filters(
    status: Annotated[str | None, Query(description=f"One of {', '.join(RUN_STATUSES)}.")] = None,
) -> RunFilters:
    if status is not None and status not in RUN_STATUSES:
        raise Invalid([Fault("?status", f"is none of {', '.join(RUN_STATUSES)}")])
    return RunFilters(status=RUN_STATUSES[status] if status else None)


ExecutionFilters = Annotated[RunFilters, Depends(_filters)]
