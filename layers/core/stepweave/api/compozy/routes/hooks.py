"""Inbound webhooks, with the answers of the original: bare, without a status in them."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.bodies import RawBody
from stepweave.api.compozy.answers.executions import path_of
from stepweave.api.compozy.correlation import CORRELATED
from stepweave.api.compozy.describe import hooks as describe
from stepweave.api.paths import HookSlug
from stepweave.api.payloads.triggers import delivery_of
from stepweave.api.use_cases import Api
from stepweave.errors import BadRequest
from stepweave.services.hooks import Received

router = APIRouter(prefix="/api/v0/hooks", tags=["hooks"])


@router.post("/{slug}", dependencies=[CORRELATED], **describe.RECEIVE)
def receive_hook(slug: HookSlug, raw: RawBody, request: Request, api: Api) -> Response:
    """Starts the workflow with the `webhook` trigger of that slug. Needs no key: the trigger says how a delivery proves
    where it comes from."""
    delivery = delivery_of(raw, request.headers, request.query_params)
    return received(api.triggers.receive(slug, replace(delivery, read=lambda: object_of(raw, delivery.read()))))


def object_of(raw: bytes, body: Any) -> Any:
    """The original's hooks take JSON objects, and nothing else; ours take forms and texts, too."""
    if not raw.strip() or not isinstance(body, dict):
        raise BadRequest("A hook of this surface takes a JSON object as its body.", code="malformed_json")
    return body


def received(outcome: Received) -> Response:
    """202 with the event that it is; 200 when no event takes it."""
    if outcome.challenge is not None:
        return answer({"challenge": outcome.challenge})
    if outcome.run_id is None:
        return answer({"data": {"status": "no_matching_event"}, "message": "Success"})
    data = {"status": "accepted", "event": outcome.event}
    return answer({"data": data, "message": "Success"}, status=202, headers={"location": path_of(outcome.run_id)})
