"""Bodies about signals and approvals."""

from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import AfterValidator, Field, JsonValue

from stepweave.api.bodies import parse_json
from stepweave.api.payloads.body import Body, read
from stepweave.domain.inbox import LONGEST_NAME, bad_signal_name
from stepweave.services.approvals import Decision
from stepweave.services.idempotency import Once
from stepweave.services.sent_signals import SendSignal


def _name(value: str) -> str:
    if reason := bad_signal_name(value):
        raise ValueError(f"the name {reason}")
    return value


class SignalBody(Body):
    """`POST /api/workflows/runs/{id}/signals`."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        min_length=1, max_length=LONGEST_NAME, description="The `signal` that a wait names."
    )
    payload: JsonValue = Field(default=None, description="Any JSON value; it becomes the output of the wait.")


class DecisionBody(Body):
    """`POST /approvals/{token}`."""

    approved: bool
    comment: str = Field(default="", max_length=2_000)


def signal_request(run_id: str, sent: object, key: str | None) -> SendSignal:
    """A body -> the request; raises `Invalid`."""
    body = read(SignalBody, sent)
    return SendSignal(body.name, body.payload, Once(f"signal/{run_id}", key) if key else None)


def decision_of(raw: bytes, media_type: str) -> Decision:
    """A form as a browser sends it, or JSON -> the decision; raises `BadRequest` and `Invalid`."""
    is_form = media_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    body = read(DecisionBody, _of_form(raw) if is_form else parse_json(raw))
    return Decision(body.approved, body.comment)


def _of_form(raw: bytes) -> dict[str, object]:
    """`approved=true&comment=Fine`. What is neither true nor false stays text, which the body refuses."""
    members: dict[str, object] = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if (said := {"true": True, "false": False}.get(str(members.get("approved")))) is not None:
        members["approved"] = said
    return members
