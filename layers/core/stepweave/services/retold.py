"""What a step run goes on to tell when the step runs again: its story so far, each outcome as it was then."""

import json
from dataclasses import replace
from typing import Any

from stepweave.domain.run import Fail, StepRun, Value
from stepweave.domain.story import Event

KEPT_BYTES = 1_000
"""Of an earlier output that lies in the record itself, or of the details of an error; larger ones are told no more,
outputs in S3 by reference."""
_OUTCOMES = ("step_completed", "step_failed", "step_skipped")


def kept_story(step: StepRun) -> tuple[Event, ...]:
    """The story for the record of the next generation, which has no other outcome yet."""
    if not step.story or step.story[-1].kind not in _OUTCOMES:
        return step.story
    newest = step.story[-1]
    return (*step.story[:-1], replace(newest, facts={**newest.facts, "was": _outcome(step)}))


def outcome_then(event: Event, step: StepRun) -> StepRun:
    """The step run as it was when the event was told, as far as that is known."""
    if event.kind not in _OUTCOMES or (step.story and step.story[-1] == event):
        return step
    was = event.facts.get("was", {})
    error = Fail(**was["error"]) if "error" in was else None
    times = {"started_at": was.get("started_at"), "completed_at": event.at}
    known = {"attempt": was.get("attempt", 0), "skipped": tuple(was.get("skipped", ()))}
    return replace(step, output=_value(was.get("output")), error=error, **times, **known)


def _outcome(step: StepRun) -> dict[str, Any]:
    was: dict[str, Any] = {"attempt": step.attempt, "started_at": step.started_at}
    if step.skipped:
        was["skipped"] = list(step.skipped)
    if step.error is not None:
        was["error"] = {"code": step.error.code, "message": step.error.message[:300]}
        details = dict(step.error.details)
        if details and len(json.dumps(details)) <= KEPT_BYTES:
            was["error"]["details"] = details
    if step.output is not None and (step.output.ref or step.output.size <= KEPT_BYTES):
        was["output"] = {"inline": step.output.inline, "ref": step.output.ref, "size": step.output.size}
    return was


def _value(kept: Any) -> Value | None:
    return Value(kept["inline"], kept["ref"], kept["size"]) if kept else None
