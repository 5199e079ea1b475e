"""A run as the contract shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepweave.domain.origin import trace_of
from stepweave.domain.plan import Plan
from stepweave.domain.run import ACTIVE_RUN, INLINE_BYTES, SETTLED_STEP, Fail, RunState, StepRun, Value, step_key
from stepweave.services.moments import seconds_between
from stepweave.services.ports import Story, Values
from stepweave.services.replay import replay_of
from stepweave.services.transitions import transitions
from stepweave.services.waits import ApprovalUrl, step_wait

ROW_BYTES = 10_000
ANSWER_BYTES = 4_000_000
"""A function answers 6 MB at most, with JSON's escapes and two hundred rows in it (AWS Lambda quotas)."""

NESTED_ROWS = 2_000
"""Step runs inside loops that an answer shows at most."""


class Room:
    """What an answer still has room for. A value that does not fit is answered by reference."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._left = total

    def show(self, name: str, value: Value | None, url: str, values: Values) -> dict[str, Any]:
        """-> `{"output": 7}`, or `{"output": None, "output_url": "/api/..."}`"""
        if value is None:
            return {name: None}
        if value.size > min(self._each, self._left):
            return {name: None, f"{name}_url": url}
        self._left -= value.size
        return {name: values.load(value)}


def run_row(story: Story, values: Values) -> dict[str, Any]:
    """A run as a row of a list: without its step runs, and with nothing large in it."""
    row = _row(story, values, Room(ROW_BYTES, ANSWER_BYTES))
    return row | {"status": "waiting"} if story.waits else row


def _row(story: Story, values: Values, room: Room) -> dict[str, Any]:
    run, state = story.run, story.state
    # A resumed run that queues has started before; what is shown is this execution of it.
    started_at = None if state.status == "queued" else state.started_at
    at = f"/api/workflows/runs/{run.id}"
    return {
        "id": run.id,
        "workflow_id": run.workflow_id,
        "workflow_version": state.workflow_version,
        "status": state.status,
        **({"stopping": state.intent.kind} if state.intent else {}),
        "trigger": run.trigger,
        **room.show("input_data", run.input_data, f"{at}/input", values),
        **room.show("output", state.output, f"{at}/output", values),
        "error": _error(state.error),
        "labels": dict(run.labels),
        "run_at": state.run_at,
        "created_at": run.created_at,
        "started_at": started_at,
        "completed_at": state.completed_at,
        **_duration(started_at, state.completed_at),
    }


def run_view(
    story: Story,
    plan: Plan,
    values: Values,
    now: str,
    approval_url: ApprovalUrl | None = None,
    room: Room | None = None,
) -> dict[str, Any]:
    """A run with its step runs: in start order, then those that were skipped or never reached, in the plan's order.

    Of a run that has ended, what waits is cancelled, and so is what was cut off: what still works at `now` is running.
    Of one that was resumed, only what counts is shown. approval_url: only for those who may decide. room: what the
    answer still has room for, when more than this run is in it.
    """
    room = room or Room(INLINE_BYTES, ANSWER_BYTES)
    row = _row(story, values, room)
    unreached = "pending" if story.state.status in ACTIVE_RUN else "cancelled"
    ended = story.state.status not in ACTIVE_RUN
    counted = replay_of(story.state, plan).kept(story.steps)
    row["status"] = _status(story.state, counted)
    row["correlation_id"] = story.run.origin.correlation_id or None
    row["trace_id"] = trace_of(story.run.origin, story.run.id).id
    steps = as_now(story.state, counted, now)
    steps.sort(key=lambda step: (step.started_at or step.completed_at or "", step.key))
    row["step_runs"] = [_step_view(story.run.id, step, values, room) for step in steps]
    row["step_runs"] += _without_record(steps, plan, unreached)
    waits = [] if ended else [step for step in steps if step.status == "waiting"]
    row["waiting_for"] = [step_wait(step, plan, approval_url) for step in waits]
    is_cut = sum("@" in step.key for step in story.steps) >= NESTED_ROWS
    row["transitions"] = None if is_cut else transitions(story.state, story.steps, plan)
    return row | ({"step_runs_truncated": True} if is_cut else {})


def as_now(state: RunState, steps: Sequence[StepRun], now: str) -> list[StepRun]:
    """Of a run that has ended, what waits is cancelled, and so is what was cut off."""
    return list(steps) if state.status in ACTIVE_RUN else [_as_ended(step, now) for step in steps]


def step_views(run_id: str, steps: Sequence[StepRun], values: Values) -> list[dict[str, Any]]:
    """Step runs in the given order, with what an answer has room for."""
    room = Room(INLINE_BYTES, ANSWER_BYTES)
    return [_step_view(run_id, step, values, room) for step in steps]


def _as_ended(step: StepRun, now: str) -> StepRun:
    works = step.status == "running" and step.lease_until > now
    return step if step.status in SETTLED_STEP or works else replace(step, status="cancelled")


def _status(state: RunState, counted: Sequence[StepRun]) -> str:
    """`waiting` when no step runs and at least one waits; a loop is what the steps in it are."""
    statuses = {step.status for step in counted if step.items is None}
    waits = state.status == "running" and "waiting" in statuses and "running" not in statuses
    return "waiting" if waits else state.status


def _without_record(steps: Sequence[StepRun], plan: Plan, unreached: str) -> list[dict[str, Any]]:
    """Steps that a condition jumped over, then those that nothing reached; a loop's nested steps have no row then."""
    known = {step.key for step in steps}
    order = {each: number for number, each in enumerate(plan["steps"])}
    skips = [step for step in steps if step.status != "failed" or plan["steps"][step.step_id]["on_error"] != "fail"]
    jumped = {step_key(each, _position(step)) for step in skips for each in step.skipped} - known
    rows = [(key, "skipped") for key in sorted(jumped, key=lambda key: (order[key.partition("@")[0]], key))]
    outside = [each for each, step in plan["steps"].items() if not step["loops"]]
    rows += [(each, unreached) for each in outside if each not in known | jumped]
    return [_bare_view(key, status) for key, status in rows]


def _bare_view(key: str, status: str) -> dict[str, Any]:
    times = {"started_at": None, "completed_at": None, "duration_seconds": None, "duration_ms": None}
    return {**_named(key), "status": status, "output": None, "error": None, "attempt": 0, **times}


def _position(step: StepRun) -> str:
    return step.key.partition("@")[2]


def _named(key: str) -> dict[str, Any]:
    """-> `{"step_id": "fetch", "iteration": "0.3"}` of `fetch@0.3`"""
    step_id, _, position = key.partition("@")
    return {"step_id": step_id, "iteration": position} if position else {"step_id": step_id}


def _step_view(run_id: str, step: StepRun, values: Values, room: Room) -> dict[str, Any]:
    return {
        **_named(step.key),
        "status": step.status,
        **room.show("output", step.output, f"/api/workflows/runs/{run_id}/steps/{step.key}/output", values),
        "error": _error(step.error),
        "attempt": step.attempt,
        **_attempts(step),
        **({"usage": step.usage} if step.usage else {}),
        "started_at": step.started_at,
        "completed_at": step.completed_at,
        **_duration(step.started_at, step.completed_at),
    }


def _attempts(step: StepRun) -> dict[str, Any]:
    """The attempts that failed and were followed by another, since the step was last asked to run."""
    begins = max((number for number, event in enumerate(step.story) if event.kind == "step_started"), default=0)
    retried = [event for event in step.story[begins:] if event.kind == "step_retrying"]
    rows = [{"attempt": e.facts["attempt"], "error": e.facts["error"], "failed_at": e.at} for e in retried]
    return {"attempts": rows} if rows else {}


def _error(error: Fail | None) -> Mapping[str, Any] | None:
    return {"code": error.code, "message": error.message, "details": dict(error.details)} if error else None


def _duration(start: str | None, end: str | None) -> dict[str, Any]:
    if start is None or end is None:
        return {"duration_seconds": None, "duration_ms": None}
    seconds = seconds_between(start, end)
    return {"duration_seconds": int(seconds), "duration_ms": round(seconds * 1000)}
