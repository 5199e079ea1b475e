"""Entering a step: what happens each time a Task state calls its function.

Memoised replay: a step whose record is settled answers from it, so that a retry of the state, a second delivery, a
resume and a restart are the same thing. Otherwise: read (1 call), be admitted by the run and draw an event number (1
write), claim the record (1 write), work, draw a number (1 write), settle (1 write).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.compiler.expressions import evaluate, truth
from stepweave.domain.plan import PlanStep
from stepweave.domain.run import SETTLED_STEP, Fail, StepRun, StepStatus
from stepweave.errors import StepError
from stepweave.services.moments import moment_of, seconds_between
from stepweave.services.retries import SLEPT_SECONDS
from stepweave.services.scopes import scope_of
from stepweave.services.settling import jumped_over
from stepweave.services.signals import RunStopped, StepBusy, StepFailed, StepRetryLater
from stepweave.services.visits import Entry, Invocation, StepPorts, Visit, open_visit
from stepweave.services.work import after_failure, claimed, work

Answer = dict[str, Any]
"""`{"branch"}` of a condition, `{"until"}` of a wait, else nothing: what the next state needs."""


def enter_step(entry: Entry, invocation: Invocation, ports: StepPorts) -> Answer:
    """Brings a step as far as it can get now. Raises the signals of `services.signals`."""
    visit = open_visit(entry, invocation, ports)
    match visit.mine:
        case None:
            return _first_entry(visit)
        case StepRun(status=status) as mine if status in SETTLED_STEP:
            return _answer(visit.step, mine)
        case StepRun(status="waiting") as mine:
            return _entry_after_wait(visit, mine)
        case mine:
            return _entry_after_cut(visit, mine)


def _first_entry(visit: Visit) -> Answer:
    skipped = visit.seen.skips(visit.step)
    number = _admit(visit, draw=True)
    fresh = StepRun(visit.run.id, visit.key, visit.step["id"], "running", visit.entry.execution, started_event=number)
    if skipped:
        return _settle(visit, _untouched(fresh, "skipped"), number, was=None)
    try:
        scope = scope_of(visit)
        if not _is_wanted(visit, scope):
            return _settle(visit, _untouched(fresh, "skipped"), number, was=None)
    except StepError as error:
        failed = replace(_untouched(fresh, "failed"), error=Fail(error.code, error.message, error.details))
        return _settle(visit, failed, number, was=None)
    record = claimed(visit, replace(fresh, started_at=visit.now()))
    return _claim_and_work(visit, scope, record, was=None)


def _entry_after_wait(visit: Visit, mine: StepRun) -> Answer:
    """A wait that is due is settled; a retry that is due is claimed. Who comes early sleeps, or is sent to wait."""
    left = (moment_of(mine.due_at or "") - visit.ports.clock()).total_seconds()
    if left >= SLEPT_SECONDS:
        return _wait_for(visit, mine)
    if left > 0:
        visit.ports.sleep(left)
    if visit.step["type"] != "wait" or mine.error is not None:
        _admit(visit, draw=False)
        return _claim_and_work(visit, scope_of(visit), claimed(visit, mine), was=mine)
    number = _admit(visit, draw=True)
    outcome, _ = work(visit, scope_of(visit), mine)
    return _settle(visit, outcome, number, was=mine)


def _entry_after_cut(visit: Visit, mine: StepRun) -> Answer:
    """A live lease keeps others out; one that ran out is an attempt that was cut off."""
    if moment_of(mine.lease_until) > visit.ports.clock():
        raise StepBusy
    _admit(visit, draw=False)
    cut = StepError("timeout", f"Attempt {mine.attempt} was cut off before it could settle.", kind="timeout")
    after = after_failure(visit, mine, cut)
    if after.status == "failed":
        return _settle(visit, after, None, was=mine)
    return _claim_and_work(visit, scope_of(visit), claimed(visit, after), was=mine)


def _claim_and_work(visit: Visit, scope: Mapping[str, Any], record: StepRun, *, was: StepRun | None) -> Answer:
    if not visit.ports.runs.put_step(record, was=was):
        raise StepBusy
    outcome, stored = work(visit, scope, record)
    if outcome.status != "waiting":
        return _settle(visit, outcome, None, was=stored)
    if not visit.ports.runs.put_step(outcome, was=stored):
        raise StepBusy
    return _wait_for(visit, outcome)


def _wait_for(visit: Visit, record: StepRun) -> Answer:
    due = record.due_at or ""
    if visit.step["type"] == "wait" and record.error is None:
        return {"until": due}
    if (moment_of(due) - visit.ports.clock()).total_seconds() >= SLEPT_SECONDS:
        raise StepRetryLater(due)
    raise StepBusy


def _settle(visit: Visit, outcome: StepRun, number: int | None, *, was: StepRun | None) -> Answer:
    """Writes the last word on a step. Who finds that another took over leaves the word to that one."""
    drawn = number if number is not None else visit.ports.runs.draw_event(visit.run.id)
    now = visit.now()
    jumps = jumped_over(visit.step, outcome.branch) if visit.step["jumps"] else ()
    settled = replace(outcome, completed_at=now, settled_event=drawn, skipped=jumps)
    if not visit.ports.runs.put_step(settled, was=was):
        raise StepBusy
    _tell(visit, settled, now)
    return _answer(visit.step, settled)


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
    )


def _answer(step: PlanStep, record: StepRun) -> Answer:
    if record.status == "failed" and step["on_error"] == "fail":
        raise StepFailed
    if step["type"] == "condition":
        return {"branch": record.branch or ""}
    # A settled wait goes straight through: its state waits for a moment that has passed.
    return {"until": record.completed_at} if step["type"] == "wait" else {}


def _admit(visit: Visit, *, draw: bool) -> int:
    state = visit.ports.runs.admit(visit.run.id, visit.entry.execution, visit.now(), draw=draw)
    if state is None:
        raise RunStopped
    return state.events


def _untouched(fresh: StepRun, status: StepStatus) -> StepRun:
    """A step that was settled without an attempt."""
    return replace(fresh, status=status, attempt=0, started_event=0)


def _is_wanted(visit: Visit, scope: Mapping[str, Any]) -> bool:
    when = visit.step["when"]
    return when is None or truth(evaluate(when, scope, now=visit.ports.clock()))
