"""Executions as Syntropic137 shows them: runs whose phases are steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.idempotency import REPLAYED

_STATUS = {"queued": "pending", "waiting": "running", "timed_out": "failed"}
"""The other words are the same."""
_DONE, _AT_WORK = ("completed", "skipped"), ("running", "waiting")


def started(run_id: str, workflow_id: str, *, replayed: bool) -> Response:
    """200, also when an earlier request with the same key has started it."""
    body = {
        "execution_id": run_id,
        "workflow_id": workflow_id,
        "status": "started",
        "message": "Workflow execution started",
    }
    return answer(body, headers=REPLAYED if replayed else None)


def execution_json(run: Mapping[str, Any], workflow_id: str) -> dict[str, Any]:
    """`run`: as the native surface shows it, with its step runs; `workflow_id`: what clients call its workflow."""
    phases = [step for step in run["step_runs"] if "iteration" not in step]
    return {
        "execution_id": run["id"],
        "workflow_id": workflow_id,
        "status": _STATUS.get(run["status"], run["status"]),
        "current_phase": _current(run["step_runs"]),
        "completed_phases": sum(phase["status"] in _DONE for phase in phases),
        "total_phases": len(phases),
        "started_at": run["started_at"],
        "completed_at": run["completed_at"],
        "error": run["error"] and run["error"]["message"],
    }


def _current(steps: Sequence[Mapping[str, Any]]) -> str | None:
    """The step that began last of those that are at work."""
    at_work = [step for step in steps if step["status"] in _AT_WORK]
    newest = max(at_work, key=lambda step: step["started_at"] or "", default=None)
    return newest["step_id"] if newest else None
