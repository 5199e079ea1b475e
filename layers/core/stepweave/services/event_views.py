"""Events as the contract shows them: the published members, and more beside them."""

from collections.abc import Mapping
from typing import Any

from stepweave.domain.run import INLINE_BYTES, Fail, Run, StepRun
from stepweave.domain.story import Event
from stepweave.services.moments import seconds_between
from stepweave.services.ports import Values

Data = dict[str, Any]


def run_event(run: str, event: Event) -> Data:
    """-> `{"run_id", "status", "duration_seconds", ...}`"""
    facts = event.facts
    data: Data = {"run_id": run, "status": _STATUS.get(event.kind) or facts["status"], "timestamp": event.at}
    if event.kind == "run_completed":
        data |= _duration(facts.get("started_at"), event.at) | {"error": facts.get("error")}
    return data


_STATUS: Mapping[str, str] = {
    "run_queued": "queued",
    "run_started": "running",
    "run_paused": "paused",
    "run_resumed": "queued",
}


def queued_event(run: Run) -> Data:
    return run_event(run.id, Event(0, "run_queued", run.created_at))


def plain_step_event(run_id: str, key: str, event: Event) -> Data:
    """An event of a step that tells no outcome, or the skip of one that a condition jumped over."""
    facts = {} if event.kind in ("step_completed", "step_failed", "step_skipped") else event.facts
    return {**_of_step(run_id, key, event.at), **facts}


def step_event(event: Event, step: StepRun, values: Values) -> Data:
    """An outcome; `step` as it was then. -> `{"run_id", "step_id", "output", ...}`"""
    data = _of_step(step.run_id, step.key, event.at) | {"attempt": step.attempt}
    outcome = _output(step, values) if event.kind == "step_completed" else {"error": _error(step.error)}
    return {**data, **outcome, **_duration(step.started_at, event.at)}


def _of_step(run_id: str, key: str, at: str) -> Data:
    step_id, _, position = key.partition("@")
    inside = {"iteration": position} if position else {}
    return {"run_id": run_id, "step_id": step_id, **inside, "timestamp": at}


def _output(step: StepRun, values: Values) -> Data:
    value = step.output
    if value is None:
        return {"output": None}
    if value.size > INLINE_BYTES:
        return {"output": None, "output_url": f"/api/workflows/runs/{step.run_id}/steps/{step.key}/output"}
    return {"output": values.load(value)}


def _error(error: Fail | None) -> Data | None:
    return {"code": error.code, "message": error.message, "details": dict(error.details)} if error else None


def _duration(start: str | None, end: str) -> Data:
    if not start or not end:
        return {"duration_seconds": None, "duration_ms": None}
    seconds = max(0.0, seconds_between(start, end))
    return {"duration_seconds": int(seconds), "duration_ms": round(seconds * 1000)}
