"""Events: signals that start workflows."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.auth import Writer
from stepweave.api.bodies import Body
from stepweave.api.compozy.correlation import CORRELATED
from stepweave.api.compozy.describe import events as describe
from stepweave.api.compozy.envelope import envelope
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.payloads.triggers import publish_request
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0", tags=["events"])


@router.post("/events", dependencies=[CORRELATED], **describe.PUBLISH_EVENT)
def publish_event(caller: Writer, body: Body, key: IdempotencyKey, api: Api) -> Response:
    """Starts every workflow that has a `signal` trigger of that name, with the payload as its input. A name that no
    workflow has starts nothing; a workflow that is not active, or whose schema the payload does not fit, is left out.
    Runs that an event has started carry the label `event_id`."""
    event_id = api.triggers.publish(caller, publish_request(body, key))
    return envelope("event received", {"message": "event received", "event_id": event_id}, status=202)
