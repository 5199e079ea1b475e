"""Events of a run: as JSON, as a stream, and the tickets with which a browser follows it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.answers.events import event_page, issued_ticket
from stepweave.api.auth import READ, Follower, Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import events as describe
from stepweave.api.events_query import After, EventsQuery
from stepweave.api.paths import RunId
from stepweave.api.payloads.events import read_ticket_request
from stepweave.api.stream import stream
from stepweave.api.use_cases import Api

router = APIRouter(tags=["runs"])


@router.get("/api/workflows/runs/{run_id}/events", dependencies=[READ], **describe.LIST_EVENTS)
def list_events(run_id: RunId, query: Annotated[EventsQuery, Depends()], api: Api) -> Response:
    """What the run has told so far, in order; `next` is the `after` of the next request. `done`: the run has finished,
    and this is all."""
    return answer(event_page(run_id, query, api.events))


@router.get("/api/workflows/runs/{run_id}/stream", **describe.STREAM_EVENTS)
async def stream_events(run_id: RunId, follower: Follower, after: After, api: Api) -> Response:
    """Server-Sent Events: all that the run has told, then what it tells, until it has finished. `Last-Event-ID`, or
    `last_event_id`, resumes after an event. Deployed, a request is answered when there is news, at the latest after
    25 s, and the client comes back. 204: the run has finished and everything is known."""
    return await stream(run_id, follower, after, api.events)


@router.post("/api/workflows/runs/{run_id}/tickets", **describe.ISSUE_TICKET)
def issue_ticket(caller: Writer, run_id: RunId, body: Body, api: Api) -> Response:
    """A ticket for the stream of this run, for `EventSource`, which cannot send a key. It lives for 5 minutes after
    each use, 12 hours at most, and no longer than its key."""
    read_ticket_request(body)
    return issued_ticket(run_id, api.events.issue_ticket(caller, run_id))
