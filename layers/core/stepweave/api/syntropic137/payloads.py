"""The body of `POST /workflows/{id}/execute`."""

from typing import Any

from pydantic import Field

from stepweave.api.payloads.body import Body, read
from stepweave.services.idempotency import Once
from stepweave.services.start import StartRun


class ExecuteBody(Body):
    """`POST /workflows/{id}/execute`. What a client may send and what has no effect are Syntropic137's."""

    inputs: dict[str, str] = Field(default={}, description="Input variables for the workflow.")
    task: str | None = Field(
        default=None, description="Primary task description: replaces `$ARGUMENTS` in prompts, and is `input.task`."
    )
    provider: str = Field(default="claude", deprecated=True, description="Accepted and ignored.")
    max_budget_usd: float | None = Field(default=None, deprecated=True, description="Accepted and ignored.")


def execute_request(sent: object, key: str | None) -> StartRun:
    """A body and a client's idempotency key -> the request; raises `Invalid`."""
    body = read(ExecuteBody, sent)
    inputs: dict[str, Any] = dict(body.inputs)
    if body.task is not None:
        inputs["task"] = body.task
    return StartRun(input_data=inputs, once=Once("run", key) if key else None)
