"""Bodies about executions. Members that are not named here are ignored, as Compozy ignores them."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from stepweave.api.payloads.body import Body, T, read
from stepweave.domain.inbox import LONGEST_NAME, bad_signal_name
from stepweave.errors import BadRequest
from stepweave.services.idempotency import Once
from stepweave.services.sent_signals import SendSignal
from stepweave.services.start import StartRun

DEFAULT_TIMEOUT, MAX_TIMEOUT = 60, 300
"""Seconds of a synchronous execution."""


class _Open(Body):
    model_config = ConfigDict(extra="ignore", strict=True)


class ExecuteWorkflowBody(_Open):
    """`POST /api/v0/workflows/{workflow_id}/executions`."""

    input: dict[str, Any] | None = Field(default=None, description="The input of the workflow.")
    task_id: str | None = Field(
        default=None, description="The task to start from: a run begins with the first, so that no other is taken."
    )


class ExecuteWorkflowSyncBody(ExecuteWorkflowBody):
    """`POST /api/v0/workflows/{workflow_id}/executions/sync`."""

    timeout: int | None = Field(
        default=None,
        ge=0,
        le=MAX_TIMEOUT,
        description="Seconds to wait for the end, by default 60; deployed 25 at most.",
    )


def _name(value: str) -> str:
    if reason := bad_signal_name(value):
        raise ValueError(f"the name {reason}")
    return value


class SignalExecutionBody(_Open):
    """`POST /api/v0/executions/workflows/{exec_id}/signals`."""

    signal_name: Annotated[str, AfterValidator(_name)] = Field(
        min_length=1, max_length=LONGEST_NAME, description="The name of the signal that a wait names."
    )
    payload: dict[str, Any] | None = Field(default=None, description="It becomes the output of the wait.")


def execute_request(raw: bytes, sent: object, key: str | None) -> tuple[StartRun, str | None]:
    """A body -> the request, and the task to start from. Raises `Invalid`, and `BadRequest` for an empty body."""
    return _start(_read(ExecuteWorkflowBody, raw, sent), key)


def execute_sync_request(raw: bytes, sent: object, key: str | None) -> tuple[StartRun, str | None, int]:
    """The same, and the seconds to wait."""
    body = _read(ExecuteWorkflowSyncBody, raw, sent)
    return *_start(body, key), body.timeout or DEFAULT_TIMEOUT


def signal_request(run_id: str, sent: object, key: str | None) -> SendSignal:
    """A body -> the request; raises `Invalid`."""
    body = read(SignalExecutionBody, sent)
    return SendSignal(body.signal_name, body.payload or {}, Once(f"signal/{run_id}", key) if key else None)


def _read(model: type[T], raw: bytes, sent: object) -> T:
    if not raw.strip():
        raise BadRequest("The body is empty: send a JSON object, `{}` for no input.", code="empty_body")
    return read(model, sent)


def _start(body: ExecuteWorkflowBody, key: str | None) -> tuple[StartRun, str | None]:
    return StartRun(body.input or {}, once=Once("run", key) if key else None), body.task_id
