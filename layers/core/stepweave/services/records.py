"""The first and the last word on a step: admission by its run, settlement, and what its state is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.origin import trace_of
from stepweave.domain.plan import polls_condition, waits_for_signal
from stepweave.domain.run import StepRun
from stepweave.domain.story import Event, EventKind, with_event
from stepweave.services.latches import open_latches
from stepweave.services.moments import moment_of, seconds_between, text_of
from stepweave.services.settling import jumped_over
from stepweave.services.signals import RunStopped, StepBusy, StepFailed
from stepweave.services.visits import Visit

Answer = dict[str, Any]
"""What the next state needs: a condition's `branch`, a wait's `until` and, for a signal, `seconds`,
a loop's `positions`, else nothing."""


@dataclass(frozen=True)
class Drawn:
    """An event number, and a moment before it was drawn."""

    number: int
    at: datetime


FRESH = timedelta(seconds=5)
"""How long after it was drawn a number may still be used. Readers wait for it at least 20 s (`services.events`)."""


def admit(visit: Visit, *, draw: bool) -> Drawn:
    """The last event number of the run, a new one if asked. `RunStopped` unless this execution is to go on."""
    at = visit.ports.clock()
    state = visit.ports.runs.admit(visit.run.id, visit.entry.execution, text_of(at), draw=draw)
    if state is None:
        raise RunStopped
    return Drawn(state.events, at)


def draw(visit: Visit) -> Drawn:
    at = visit.ports.clock()
    return Drawn(visit.ports.runs.draw_event(visit.run.id), at)


def tell(
    visit: Visit, record: StepRun, kind: EventKind, drawn: Drawn | None = None, facts: Mapping[str, Any] | None = None
) -> StepRun:
    """The record with one more event, to be written by `write`; a number drawn too long ago is drawn anew."""
    if drawn is None or visit.ports.clock() - drawn.at > FRESH:
        drawn = draw(visit)
    return replace(record, story=with_event(record.story, Event(drawn.number, kind, visit.now(), facts or {})))


def write(visit: Visit, record: StepRun, *, was: StepRun | None) -> StepRun:
    """Writes a record; `StepBusy` if another has taken it over. What it newly tells is told under a number that counts.

    A write that took long may have come after readers had given its number up: it gets another then, from here or from
    a reader. Who is quick need not look.
    """
    while visit.ports.runs.put_step(record, was=was):
        if was is not None and record.story == was.story:
            return record
        newest = record.story[-1]
        if visit.ports.clock() - moment_of(newest.at) <= FRESH or not _is_void(visit, newest.number):
            return record
        was, record = record, tell(visit, replace(record, story=record.story[:-1]), newest.kind, facts=newest.facts)
    stored = visit.ports.runs.read(visit.run.id, [record.key])[1].get(record.key)
    if stored is not None and replace(stored, story=record.story) == record:
        return stored
    raise StepBusy


def _is_void(visit: Visit, number: int) -> bool:
    state = visit.ports.runs.state(visit.run.id)
    return state is not None and number in state.void


def settle(visit: Visit, outcome: StepRun, drawn: Drawn | None, *, was: StepRun | None) -> Answer:
    """Writes the last word on a step. Who finds that another took over leaves the word to that one."""
    now = visit.now()
    if outcome.status == "cancelled":
        # Told by the end of its run.
        _tell(visit, write(visit, replace(outcome, completed_at=now), was=was), now)
        raise RunStopped
    ends = outcome.status == "failed" and visit.step["on_error"] == "fail"
    jumps = jumped_over(visit.step, outcome.branch) if visit.step["jumps"] and not ends else ()
    settled = replace(outcome, completed_at=now, skipped=jumps)
    settled = write(visit, tell(visit, settled, SETTLES[outcome.status], drawn), was=was)
    _tell(visit, settled, now)
    return answer(visit, settled)


SETTLES: Mapping[str, EventKind] = {
    "completed": "step_completed",
    "failed": "step_failed",
    "skipped": "step_skipped",
}
"""Status of a step that has settled -> the event that tells it."""


def answer(visit: Visit, settled: StepRun) -> Answer:
    """What a step that has settled answers, now and whenever it is entered again; its latches are opened before.

    A failure that ends the execution, or the iteration, opens none: whoever waits for it ends with it.
    """
    if settled.status == "cancelled":
        raise RunStopped
    if settled.status == "failed" and visit.step["on_error"] == "fail":
        raise StepFailed
    open_latches(visit, settled)
    match visit.step["type"]:
        case "condition":
            return {"branch": settled.branch or ""}
        case "wait" if waits_for_signal(visit.step):
            # Its state is let go on as soon as it is entered; the seconds are for its function to start.
            return {"until": settled.completed_at, "seconds": 60}
        case "wait" if polls_condition(visit.step):
            return {}
        case "wait":
            # It goes straight through: its state waits for a moment that has passed.
            return {"until": settled.completed_at}
        case "loop":
            return {"positions": []}
        case _:
            return {}


def _tell(visit: Visit, settled: StepRun, now: str) -> None:
    visit.ports.tell(
        "step_settled",
        run_id=settled.run_id,
        workflow_id=visit.entry.workflow_id,
        step=settled.key,
        type=visit.step["type"],
        status=settled.status,
        attempt=settled.attempt,
        code=settled.error.code if settled.error else None,
        seconds=seconds_between(settled.started_at, now) if settled.started_at else 0,
        trace_id=trace_of(visit.run.origin, visit.run.id).id,
    )
