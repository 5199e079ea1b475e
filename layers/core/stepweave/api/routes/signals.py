"""Waits for signals: send one, see what is waited for, decide by a link."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from stepweave.api.answers import signals as answers
from stepweave.api.answers.answer import answer
from stepweave.api.auth import Writer
from stepweave.api.bodies import Body, RawBody
from stepweave.api.describe import signals as describe
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.paths import RunId
from stepweave.api.payloads.signals import decision_of, signal_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["signals"])
Accept = Annotated[str, Header(include_in_schema=False)]


@router.post("/api/workflows/runs/{run_id}/signals", **describe.SEND_SIGNAL)
def send_signal(run_id: RunId, caller: Writer, body: Body, key: IdempotencyKey, api: Api) -> Response:
    """Ends the run's oldest wait for a signal of that name. A signal that comes before the wait is kept for it, also
    while the run is queued or paused. One signal ends one wait."""
    return answers.sent_signal(api.signals.send(caller, run_id, signal_request(run_id, body, key)))


@router.post("/api/workflows/runs/{run_id}/approvals", **describe.MAKE_APPROVALS)
def make_approvals(run_id: RunId, _caller: Writer, request: Request, api: Api) -> Response:
    """The waits for signals that the run is in, each with a link by which whoever has it can decide without a key: that
    is why it takes the role `write`. A wait has one link, the same at every call. Takes no body."""
    return answer({"approvals": api.signals.approvals(run_id, str(request.base_url).rstrip("/"))})


@router.get("/approvals/{token}", **describe.SEE_APPROVAL)
def see_approval(token: str, api: Api, accept: Accept = "") -> Response:
    """What is asked, as a page for a browser and as JSON else. Changes nothing, so that previews of links in mails and
    chats decide nothing. Needs no key. 410 when it can no longer be decided."""
    return answers.approval(api.signals.see(token), accept)


@router.post("/approvals/{token}", **describe.DECIDE_APPROVAL)
def decide_approval(token: str, body: RawBody, request: Request, api: Api, accept: Accept = "") -> Response:
    """Ends the wait with `{approved, comment}` as its output; takes JSON or a form. A link decides once: the same
    decision again is answered again, another one is refused with 409. Needs no key."""
    decision = decision_of(body, request.headers.get("content-type", ""))
    return answers.approval(api.signals.decide(token, decision), accept)
