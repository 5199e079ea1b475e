"""Starting workflows from outside."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from stepweave.api.answers import triggers as answers
from stepweave.api.bodies import RawBody
from stepweave.api.describe import triggers as describe
from stepweave.api.paths import HookSlug
from stepweave.api.payloads.triggers import delivery_of
from stepweave.api.use_cases import Api

router = APIRouter(tags=["triggers"])


@router.post("/hooks/{slug}", **describe.RECEIVE_WEBHOOK)
def receive_webhook(slug: HookSlug, raw: RawBody, request: Request, api: Api) -> Response:
    """Starts the workflow with the `webhook` trigger of that slug. Needs no key: the trigger says how a delivery proves
    where it comes from, and the signature is checked over the bytes as they came before anything of them is read."""
    return answers.received(api.triggers.receive(slug, delivery_of(raw, request.headers, request.query_params)))
