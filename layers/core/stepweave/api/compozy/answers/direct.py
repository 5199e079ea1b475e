"""Direct executions as Compozy shows them."""

from collections.abc import Mapping
from typing import Any, get_args

from starlette.responses import Response

from stepweave.api.compozy.answers.usage import with_usage
from stepweave.api.compozy.envelope import envelope, failure
from stepweave.api.compozy.words import STATUS
from stepweave.api.idempotency import REPLAYED
from stepweave.domain.direct_execution import DirectStatus, Kind
from stepweave.domain.origin import CORRELATION_ID
from stepweave.domain.run import Fail
from stepweave.errors import ExecutionFailed, ExecutionGoesOn
from stepweave.services.direct_executions import ShownDirect, StartedDirect

WORDS: Mapping[DirectStatus, str] = {status: STATUS[status] for status in get_args(DirectStatus)}


def exec_path(kind: Kind, exec_id: str) -> str:
    """-> `/api/v0/executions/agents/exec_01KA...`"""
    return f"/api/v0/executions/{kind}s/{exec_id}"


def started(kind: Kind, found: StartedDirect) -> Response:
    path = exec_path(kind, found.exec_id)
    headers = {"location": path, **_replayed(found)}
    return envelope(
        f"{kind} execution started", {"exec_id": found.exec_id, "exec_url": path}, status=202, headers=headers
    )


def ended(kind: Kind, found: StartedDirect, shown: ShownDirect | None) -> Response:
    """Of one that was waited for: its output; 500 when it failed, 408 when it goes on (`shown` is None)."""
    path = exec_path(kind, found.exec_id)
    headers = {"location": path, **_replayed(found)}
    handle = {"exec_id": found.exec_id, "exec_url": path}
    if shown is None:
        on = ExecutionGoesOn(found.exec_id, path)
        return failure(on, on.status, data=handle, message="execution timeout", headers=headers)
    if shown.state.status != "completed":
        why = shown.state.error or Fail("unknown", "It tells no reason.")
        failed = ExecutionFailed(found.exec_id, why.code, why.message)
        return failure(failed, failed.status, data=handle, message=f"{kind} execution failed", headers=headers)
    return envelope(f"{kind} executed", _with_output({"exec_id": found.exec_id}, shown), headers=headers)


def execution(shown: ShownDirect) -> Response:
    """All of one; its members are left out where there is nothing to tell."""
    request, state = shown.request, shown.state
    members = {
        "exec_id": state.exec_id,
        "status": WORDS[state.status],
        "component": request.kind,
        f"{request.kind}_id": request.of,
        "action_id": shown.asked.get("action"),
        "input": shown.asked.get("with"),
        "error": error_json(state.error),
        "correlation_id": request.correlation_id,
        "created_at": request.created_at,
        "updated_at": state.updated_at,
    }
    told = {name: value for name, value in members.items() if value is not None}
    headers = {CORRELATION_ID: request.correlation_id} if request.correlation_id else None
    return envelope(f"{request.kind} execution retrieved", _with_output(told, shown), headers=headers)


def _with_output(members: dict[str, Any], shown: ShownDirect) -> dict[str, Any]:
    if shown.state.status == "completed":
        place = {"output": output_json(shown.output)} if shown.link is None else {"output_url": shown.link}
        members = {**members, **place}
    return {**members, **with_usage(shown.state.usage)}


def output_json(value: Any) -> dict[str, Any]:
    """An output is an object on this surface. -> `{"response": "Hello."}` of a text"""
    return value if isinstance(value, dict) else {"response": value}


def error_json(fail: Fail | None) -> dict[str, Any] | None:
    return {"code": fail.code, "message": fail.message, "details": dict(fail.details)} if fail else None


def _replayed(found: StartedDirect) -> dict[str, str]:
    return REPLAYED if found.replayed else {}
