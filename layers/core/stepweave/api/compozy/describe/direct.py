"""Operations on direct executions."""

from dataclasses import dataclass
from typing import Any

from stepweave.api.compozy.describe.operation import BODY, KEY, Described, operation
from stepweave.api.schemas.schema import ref
from stepweave.domain.direct_execution import Kind

_ID = "exec_01KAFZ9D2M5V3X9R7T2N4Q6S8P"
_USAGE = [{"model": "gpt-4o-mini", "prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}]
_ASKED: dict[Kind, dict[str, Any]] = {
    "agent": {"prompt": "Say hello.", "timeout": 20},
    "task": {"with": {"question": "Where is my order?"}, "timeout": 20},
}
_NAMES: dict[Kind, str] = {"agent": "support", "task": "answer-question"}
_WAITS = (
    "Done outside of any workflow, on a state machine of its own; no run comes of it. The request waits for the end, at"
    " most `timeout` seconds and, deployed, 25: then 408 with the `exec_id` to look for, and the work goes on."
    ' An output that is no object is answered as `{"response": ...}`.'
)
_EVENTS = (
    "`{kind}_status` tells each status, `llm_chunk` a reply of the model, `tool_call` a call of a tool, `warning` what"
    " else happened, and `complete` or `error` how it ended. After the end, when all is known, 204."
)


@dataclass(frozen=True)
class Descriptions:
    """Arguments of the decorators of a kind's routes."""

    execute: Described
    sync: Described
    start: Described
    get: Described
    stream: Described


def descriptions(kind: Kind) -> Descriptions:
    body = (f"Execute{kind.capitalize()}Body", True, _ASKED[kind])
    path = f"/api/v0/executions/{kind}s/{_ID}"
    executed = operation(
        f"Execute {kind} synchronously",
        200,
        f"{kind} executed",
        "DirectOutput",
        {"exec_id": _ID, "output": {"response": "Hello."}, "usage": _USAGE},
        errors=(*KEY, *BODY, 404, 409),
        body=body,
    )
    executed["responses"] |= {408: _failure("It goes on."), 500: _failure("It failed.")}
    executed["description"] = _WAITS
    started = operation(
        f"Start {kind} execution asynchronously",
        202,
        f"{kind} execution started",
        "DirectHandle",
        {"exec_id": _ID, "exec_url": path},
        errors=(*KEY, *BODY, 404, 409),
        headers=("Location",),
        body=body,
    )
    started["description"] = "`timeout` is what the work may take, at most 840 seconds."
    return Descriptions(executed, executed, started, _get(kind), _stream(kind))


def _get(kind: Kind) -> Described:
    shown = {
        "exec_id": _ID,
        "status": "SUCCESS",
        "component": kind,
        f"{kind}_id": _NAMES[kind],
        "created_at": "2026-11-02T08:30:00.000Z",
        "updated_at": "2026-11-02T08:30:02.500Z",
        "output": {"response": "Hello."},
        "usage": _USAGE,
    }
    return operation(
        f"Get {kind} execution", 200, f"{kind} execution retrieved", "DirectExecution", shown, errors=(*KEY, 404)
    )


def _stream(kind: Kind) -> Described:
    described = operation(f"Follow {kind} execution", 200, "Events", errors=(400, *KEY, 404, 429))
    text = {"schema": {"type": "string"}, "example": f'id: 1\nevent: {kind}_status\ndata: {{"status":"PENDING"}}\n\n'}
    described["responses"][200] = {"description": "Events, as they happen.", "content": {"text/event-stream": text}}
    described["responses"][204] = {"description": "It is over, and all is known."}
    described["description"] = _EVENTS.replace("{kind}", kind)
    return described


def _failure(description: str) -> Described:
    return {"description": description, "content": {"application/json": {"schema": ref("CompozyFailure")}}}
