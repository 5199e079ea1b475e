"""Starting workflows from outside: by a signal, by a webhook."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from stepweave.api.answers import triggers as answers
from stepweave.api.auth import Writer
from stepweave.api.bodies import Body, RawBody
from stepweave.api.describe import triggers as describe
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.paths import HookSlug
from stepweave.api.payloads.triggers import delivery_of, publish_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["triggers"])


@router.post("/api/v0/events", **describe.PUBLISH_EVENT)
def publish_event(caller: Writer, body: Body, key: IdempotencyKey, api: Api) -> Response:
    """Starts every workflow that has a `signal` trigger of that name, with the payload as its input. A name that no
    workflow has starts nothing; a workflow that is not active, or whose schema the payload does not fit, is left out.
    Runs that an event has started carry the label `event_id`."""
    return answers.accepted_event(api.triggers.publish(caller, publish_request(body, key)))


@router.post("/hooks/{slug}", **describe.RECEIVE_WEBHOOK)
def receive_webhook(slug: HookSlug, raw: RawBody, request: Request, api: Api) -> Response:
    """Starts the workflow with the `webhook` trigger of that slug. Needs no key: the trigger says how a delivery proves
    where it comes from, and the signature is checked over the bytes as they came before anything of them is read."""
    return answers.received(api.triggers.receive(slug, delivery_of(raw, request.headers, request.query_params)))
