"""Entering a step: what happens each time a Task state calls its function.

Memoised replay: a step whose record is settled answers from it, so that a retry of the state, a second delivery, a
resume and a restart are the same thing. Otherwise: read (1 call), be admitted by the run and draw an event number (1
write), claim the record (1 write), work, draw a number (1 write), settle (1 write).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.compiler.expressions import evaluate, truth
from stepweave.domain.plan import polls_condition, waits_for_signal
from stepweave.domain.run import SETTLED_STEP, Fail, StepRun, StepStatus, Value
from stepweave.errors import StepError
from stepweave.services import loop_bounds, loops, signal_waits
from stepweave.services.moments import moment_of
from stepweave.services.records import Answer, admit, answer, settle, tell, write
from stepweave.services.retold import kept_story
from stepweave.services.retries import SLEPT_SECONDS
from stepweave.services.scopes import scope_of
from stepweave.services.signals import StepBusy, StepRetryLater
from stepweave.services.visits import Entry, Invocation, StepPorts, Visit, open_visit
from stepweave.services.work import after_failure, claimed, note_retry, sleep_until, tell_retry, work


def enter_step(entry: Entry, invocation: Invocation, ports: StepPorts) -> Answer:
    """Brings a step as far as it can get now. Raises the signals of `services.signals`."""
    visit = open_visit(entry, invocation, ports)
    match visit.mine:
        case StepRun(status=status) as mine if status in SETTLED_STEP:
            return answer(visit, mine)
        case _ if loop_bounds.is_over(visit):
            return loop_bounds.enter_late(visit)
        case None:
            return _entry_anew(visit)
        case StepRun(items=Value()) as mine:
            return loops.go_on(visit, mine)
        case StepRun(status="waiting", signal=str()) as mine:
            return signal_waits.go_on(visit, mine)
        case StepRun(status="waiting") as mine:
            return _entry_after_wait(visit, mine)
        case mine:
            return _entry_after_cut(visit, mine)


def _entry_anew(visit: Visit) -> Answer:
    """Nothing is stored, or it does not count since the run was resumed: unless an earlier execution's function is
    still at work on it, it is replaced."""
    stored = visit.stored
    if stored is not None and stored.status == "running" and stored.lease_until > visit.now():
        raise StepBusy
    if stored is not None and visit.replay.of(stored) == "reopened":
        return loops.reopen(visit, stored)
    return _first_entry(visit)


def _first_entry(visit: Visit) -> Answer:
    skipped = visit.seen.skips(visit.step)
    drawn = admit(visit, draw=True)
    story = kept_story(visit.stored) if visit.stored else ()
    fresh = StepRun(visit.run.id, visit.key, visit.step["id"], "running", visit.entry.execution, story=story)
    if skipped:
        return settle(visit, _untouched(fresh, "skipped"), drawn, was=visit.stored)
    try:
        scope = scope_of(visit)
        if not _is_wanted(visit, scope):
            return settle(visit, _untouched(fresh, "skipped"), drawn, was=visit.stored)
    except StepError as error:
        failed = replace(_untouched(fresh, "failed"), error=Fail(error.code, error.message, error.details))
        return settle(visit, failed, drawn, was=visit.stored)
    if visit.step["type"] == "loop":
        return loops.begin(visit, scope, fresh, drawn)
    if waits_for_signal(visit.step):
        return signal_waits.begin(visit, scope, fresh, drawn)
    record = tell(visit, claimed(visit, replace(fresh, started_at=visit.now())), "step_started", drawn)
    return _claim_and_work(visit, scope, record, was=visit.stored)


def _entry_after_wait(visit: Visit, mine: StepRun) -> Answer:
    """A wait that is due is settled; a retry that is due is claimed. Who comes early sleeps, or is sent to wait."""
    due = moment_of(mine.due_at or "")
    if (due - visit.ports.clock()).total_seconds() >= SLEPT_SECONDS:
        if mine.execution < visit.entry.execution:
            # All that a resumed run does at first may be to wait on: it is under way, not queued.
            admit(visit, draw=False)
        return _wait_for(visit, mine)
    sleep_until(visit, due, visit.ports.stops(visit.run.id))
    if loop_bounds.is_over(visit):
        return loop_bounds.enter_late(visit)
    if visit.step["type"] != "wait" or mine.error is not None:
        admit(visit, draw=False)
        return _claim_and_work(visit, scope_of(visit), claimed(visit, mine), was=mine)
    if polls_condition(visit.step):
        return _look_again(visit, mine)
    drawn = admit(visit, draw=True)
    outcome, stored = work(visit, scope_of(visit), mine)
    if outcome.status == "waiting":
        raise StepBusy
    return settle(visit, outcome, drawn, was=stored)


def _look_again(visit: Visit, mine: StepRun) -> Answer:
    """Most looks find nothing to tell: a number is drawn by the one that settles."""
    admit(visit, draw=False)
    outcome, stored = work(visit, scope_of(visit), mine)
    if outcome.status == "waiting":
        return _wait_for(visit, outcome)
    return settle(visit, outcome, None, was=stored)


def _entry_after_cut(visit: Visit, mine: StepRun) -> Answer:
    """A live lease keeps others out; one that ran out is an attempt that was cut off."""
    if moment_of(mine.lease_until) > visit.ports.clock():
        raise StepBusy
    admit(visit, draw=False)
    cut = StepError("timeout", f"Attempt {mine.attempt} was cut off before it could settle.", kind="timeout")
    after = after_failure(visit, mine, cut)
    if after.status == "failed":
        return settle(visit, after, None, was=mine)
    note_retry(visit, after)
    return _claim_and_work(visit, scope_of(visit), claimed(visit, tell_retry(visit, mine, after)), was=mine)


def _claim_and_work(visit: Visit, scope: Mapping[str, Any], record: StepRun, *, was: StepRun | None) -> Answer:
    outcome, stored = work(visit, scope, write(visit, record, was=was))
    if outcome.status == "waiting":
        return _wait_for(visit, outcome)
    return settle(visit, outcome, None, was=stored)


def _wait_for(visit: Visit, record: StepRun) -> Answer:
    due = record.due_at or ""
    if visit.step["type"] == "wait" and record.error is None:
        return {"until": due}
    if (moment_of(due) - visit.ports.clock()).total_seconds() >= SLEPT_SECONDS:
        raise StepRetryLater(due)
    raise StepBusy


def _untouched(fresh: StepRun, status: StepStatus) -> StepRun:
    """A step that was settled without an attempt."""
    return replace(fresh, status=status, attempt=0)


def _is_wanted(visit: Visit, scope: Mapping[str, Any]) -> bool:
    when = visit.step["when"]
    return when is None or truth(evaluate(when, scope, now=visit.ports.clock()))
