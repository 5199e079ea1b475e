"""From which event on, as parameters of a handler."""

from typing import Annotated

from fastapi import Depends, Header, Query

from stepweave.errors import Fault, Invalid
from stepweave.services.places import Place, parse_id

_ID = "The `id` of an event: those after it are answered."


class EventsQuery:
    """Query parameters of the list of events."""

    def __init__(
        self,
        after: Annotated[str | None, Query(description=_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=100, description="Events of an answer, fewer when they are large.")] = 100,
    ) -> None:
        self.after, self.limit = after, limit
        self.place = _place("?after", after)


async def _after(
    last_event_id: Annotated[str | None, Query(description=_ID)] = None,
    header: Annotated[str | None, Header(alias="Last-Event-ID", description=_ID)] = None,
) -> Place | None:
    """The header comes first: `EventSource` sends it when it comes back, with the URL that it began with."""
    return _place("Last-Event-ID", header) if header else _place("?last_event_id", last_event_id)


def _place(where: str, text: str | None) -> Place | None:
    if not text:
        return None
    place = parse_id(text)
    if place is None:
        raise Invalid([Fault(where, "is not the id of an event")])
    return place


After = Annotated[Place | None, Depends(_after)]
