"""Bodies that execute an agent or a task by itself. Unknown members are passed over, as by Compozy."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stepweave.api.payloads.body import read_open
from stepweave.domain.direct_execution import LONGEST_SECONDS, Kind
from stepweave.errors import Fault, Invalid
from stepweave.services.direct_executions import StartDirect
from stepweave.services.idempotency import Once

SYNC_SECONDS, LONGEST_SYNC_SECONDS = 60, 300


class ExecuteTaskBody(BaseModel):
    """`POST /api/v0/tasks/{task_id}/executions`."""

    model_config = ConfigDict(strict=True)

    given: dict[str, Any] | None = Field(default=None, alias="with", description="What `{{ input }}` is.")
    timeout: int | None = Field(
        default=None,
        description=f"Seconds: how long a synchronous request waits (1 to {LONGEST_SYNC_SECONDS}, default"
        f" {SYNC_SECONDS}), or what an asynchronous execution may take (1 to {LONGEST_SECONDS}, the default). 0 counts"
        " as left out.",
    )


class ExecuteAgentBody(ExecuteTaskBody):
    """`POST /api/v0/agents/{agent_id}/executions`."""

    action: str | None = Field(default=None, description="One of the agent's actions; comes before `prompt`.")
    prompt: str | None = Field(default=None, description="What is asked, as it is: it has no expressions.")


BODIES: dict[Kind, type[ExecuteTaskBody]] = {"agent": ExecuteAgentBody, "task": ExecuteTaskBody}


def sync_request(
    kind: Kind, of: str, sent: object, *, project: str, key: str | None, correlation_id: str | None
) -> StartDirect:
    """As `async_request`; the timeout bounds the wait, not the work."""
    asked = async_request(kind, of, sent, project=project, key=key, correlation_id=correlation_id)
    return replace(asked, seconds=None)


def async_request(
    kind: Kind, of: str, sent: object, *, project: str, key: str | None, correlation_id: str | None
) -> StartDirect:
    """A body -> the request; raises `Invalid`."""
    body = read_open(BODIES[kind], sent)
    return StartDirect(
        kind=kind,
        of=of,
        project=project,
        action=getattr(body, "action", None) or None,
        prompt=getattr(body, "prompt", None) or None,
        given=body.given or {},
        seconds=body.timeout or None,
        correlation_id=correlation_id,
        once=Once("direct", key) if key else None,
    )


def seconds_waited(kind: Kind, sent: object) -> int:
    """How long a synchronous request waits; raises `Invalid`."""
    seconds = read_open(BODIES[kind], sent).timeout or SYNC_SECONDS
    if not 1 <= seconds <= LONGEST_SYNC_SECONDS:
        raise Invalid([Fault("/timeout", f"takes 1 to {LONGEST_SYNC_SECONDS} seconds")])
    return seconds
