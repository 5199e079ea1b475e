"""Which runs are asked for, as a parameter of a handler."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime, BeforeValidator, Field

from stepweave.api.pages import Paging, list_query
from stepweave.domain.run import RunStatus
from stepweave.errors import Fault, Invalid
from stepweave.services.listing import ListQuery, RunFilters
from stepweave.services.moments import text_of

Label = Annotated[str, Field(min_length=1, max_length=321)]


def _dated(value: object) -> object:
    """A number would be read as seconds since 1970, which nobody means."""
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a moment in ISO 8601 with an offset")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]


class _Query(Paging):
    status: RunStatus | None = None
    label: Annotated[list[Label], Field(max_length=20)] = Field(
        default=[], description="`name:value`; may be given several times: then a run has all of them."
    )
    trigger: str | None = Field(default=None, min_length=1, max_length=64)
    since: Moment | None = Field(default=None, description="Created then or later; ISO 8601 with an offset.")
    until: Moment | None = Field(default=None, description="Created before then.")


async def _wanted(query: Annotated[_Query, Query()]) -> tuple[RunFilters, ListQuery]:
    labels = tuple(dict.fromkeys(_label(text) for text in query.label))
    filters = RunFilters(
        None, query.status, labels, query.trigger, _text("?since", query.since), _text("?until", query.until)
    )
    return filters, list_query(query)


def _label(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name:
        raise Invalid([Fault("?label", "is not `name:value`")])
    return name, value


def _text(name: str, moment: datetime | None) -> str | None:
    """Moments before 1970, which no run was created in, count as its beginning."""
    try:
        return text_of(max(moment, datetime.fromtimestamp(0, UTC))) if moment else None
    except OverflowError as error:
        raise Invalid([Fault(name, "is beyond the years that can be written")]) from error


WantedRuns = Annotated[tuple[RunFilters, ListQuery], Depends(_wanted)]
