"""Doing a step's work: attempts, until one succeeds, none is left, or the next is due too late to wait for here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from stepweave.compiler.expressions import evaluate, render
from stepweave.domain.origin import Origin, headers_for, trace_of
from stepweave.domain.plan import BARE
from stepweave.domain.run import Fail, StepRun
from stepweave.errors import StepError, StepNotAvailable, StepStopped, Unavailable
from stepweave.services.diary import Diary
from stepweave.services.filling import fill
from stepweave.services.loop_bounds import end_around
from stepweave.services.masking import Mask
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Done, StepContext, Stopped, Wait
from stepweave.services.records import tell, write
from stepweave.services.retries import SLEPT_SECONDS, may_retry, pause
from stepweave.services.secrets import bearer_of, secrets_of, values_of
from stepweave.services.signals import SIGNALS, RunStopped
from stepweave.services.visits import Visit

SETTLE_SECONDS = 30.0
"""Kept free at the end of an attempt and of an invocation, for storing what came of it."""

TOLD_CHARACTERS = 300
"""Of the message of an attempt's failure, in the step's story."""


def claimed(visit: Visit, record: StepRun) -> StepRun:
    """The record with this invocation as its owner, for an attempt that begins now.

    The lease covers the attempt, and ends at the latest 5 seconds after the invocation is cut off.
    """
    wanted = visit.ports.clock() + timedelta(seconds=visit.step["attempt_timeout"] + SETTLE_SECONDS)
    lease_until = min(wanted, visit.invocation.ends_at + timedelta(seconds=5))
    return replace(
        record,
        status="running",
        owner=visit.invocation.owner,
        execution=visit.entry.execution,
        lease_until=text_of(lease_until),
        due_at=None,
    )


def work(visit: Visit, scope: Mapping[str, Any], record: StepRun) -> tuple[StepRun, StepRun]:
    """What the record should become, and what it is in the store by then: equal when it waits.

    A pause is written before it is slept, so that being cut off in it costs no attempt. Work that was stopped because
    the run was cancelled makes the step `cancelled`.
    """
    stopped = visit.ports.stops(visit.run.id)
    while True:
        mask = Mask()
        diary = Diary(visit, record, mask)
        try:
            after = _attempt(visit, scope, diary, mask, stopped)
        except StepStopped as error:
            fail = Fail(error.code, error.message, error.details)
            return replace(diary.record, status="cancelled", error=fail, lease_until=""), diary.stored
        except StepError as error:
            after = after_failure(visit, diary.record, error)
        record = diary.stored
        if after.status != "waiting":
            return after, record
        after = write(visit, tell_retry(visit, record, after) if after.error else _tell_wait(visit, after), was=record)
        if after.error is not None:
            note_retry(visit, after)
        if after.error is None or not _fits(visit, after):
            return after, after
        sleep_until(visit, moment_of(after.due_at or ""), stopped)
        record = write(visit, claimed(visit, after), was=after)


_NAP_SECONDS = 1.0


def sleep_until(visit: Visit, due: datetime, stopped: Stopped) -> None:
    """Raises `RunStopped` when the run is cancelled meanwhile."""
    while (left := _seconds_to(visit, due)) > 0:
        if stopped():
            raise RunStopped
        visit.ports.sleep(max(0.001, min(left, _NAP_SECONDS)))


def tell_retry(visit: Visit, record: StepRun, after: StepRun) -> StepRun:
    """Tells which attempt failed, why, and when the next is due: the history of attempts is read from it."""
    why = {"code": after.error.code, "message": after.error.message[:TOLD_CHARACTERS]} if after.error else None
    facts = {"attempt": record.attempt, "error": why, "due_at": after.due_at}
    return tell(visit, after, "step_retrying", facts=facts)


def note_retry(visit: Visit, after: StepRun) -> None:
    """Says in the log that a step is tried again."""
    visit.ports.tell(
        "step_retried",
        run_id=after.run_id,
        workflow_id=visit.entry.workflow_id,
        step=after.key,
        type=visit.step["type"],
        attempt=after.attempt,
        code=after.error.code if after.error else None,
    )


def _tell_wait(visit: Visit, after: StepRun) -> StepRun:
    """A wait is told when it begins, not each time that it looks whether it is over."""
    if after.story and after.story[-1].kind == "step_waiting":
        return after
    return tell(visit, after, "step_waiting", facts={"due_at": after.due_at})


def after_failure(visit: Visit, record: StepRun, error: StepError) -> StepRun:
    """What the record becomes when an attempt failed: `failed`, or `waiting` for the next one."""
    fail = Fail(error.code, error.message, error.details | {"attempt": record.attempt})
    if not may_retry(visit.step["retry"], record.attempt, error.kind):
        return replace(record, status="failed", error=fail, lease_until="")
    seconds = pause(visit.step["retry"], record.attempt, error, visit.ports.random())
    due = visit.ports.clock() + timedelta(seconds=seconds)
    bound = visit.step["step_timeout"]
    if bound is not None and due > moment_of(record.started_at or visit.now()) + timedelta(seconds=bound):
        limit = f"step's {bound:g} seconds (schedule_to_close_timeout) end"
        return replace(record, status="failed", error=_out_of_time(limit, fail), lease_until="")
    loop_ends = end_around(visit)
    if loop_ends is not None and due >= loop_ends:
        error_too_late = _out_of_time("time of a loop around the step ends", fail)
        return replace(record, status="failed", error=error_too_late, lease_until="")
    return replace(
        record, status="waiting", due_at=text_of(due), error=fail, attempt=record.attempt + 1, lease_until=""
    )


def _out_of_time(limit: str, last: Fail) -> Fail:
    message = f"The {limit} before its next attempt. {last.message}"
    return Fail("timeout", message, {"last_error": {"code": last.code, "message": last.message}})


def _fits(visit: Visit, after: StepRun) -> bool:
    """Whether the pause is short, and a whole attempt can follow it in this invocation."""
    left, rest = _seconds_to(visit, moment_of(after.due_at or "")), _seconds_to(visit, visit.invocation.ends_at)
    return left < SLEPT_SECONDS and left + visit.step["attempt_timeout"] + SETTLE_SECONDS <= rest


def _seconds_to(visit: Visit, moment: datetime) -> float:
    return max(0.0, (moment - visit.ports.clock()).total_seconds())


def _attempt(visit: Visit, scope: Mapping[str, Any], diary: Diary, mask: Mask, stopped: Stopped) -> StepRun:
    body = visit.ports.bodies.get(visit.step["type"])
    if body is None:
        raise StepNotAvailable(visit.step["type"])
    try:
        outcome = body(_context(visit, scope, diary, mask, stopped))
        return _done(visit, diary.record, outcome, mask)
    except (*SIGNALS, Unavailable):
        raise  # what was to be told could not be: this invocation has no say any more, or no store
    except StepError as error:
        raise mask.error(error) from error.__cause__
    except Exception as error:
        # The work may have had its effect: it is not done again unasked.
        visit.ports.tell.fault("step_crashed", tellable(error, mask), run_id=visit.run.id, step=visit.key)
        message = "The step failed in a way that Stepweave did not expect; its log has the details."
        raise StepError("internal", message) from error


def tellable(error: Exception, mask: Mask) -> Exception:
    """An error as the log may have it: where it happened, and its text unless that may hold a secret."""
    if not mask:
        return error
    told = RuntimeError(f"{type(error).__name__}; its text is left out, for this step has secrets")
    return told.with_traceback(error.__traceback__)


def _done(visit: Visit, record: StepRun, outcome: Done | Wait, mask: Mask) -> StepRun:
    if isinstance(outcome, Wait):
        loop_ends = end_around(visit)
        due = outcome.until if loop_ends is None else min(outcome.until, loop_ends)
        # An earlier attempt may have been cut off: its error is told, and a wait with an error would be a retry.
        return replace(record, status="waiting", due_at=text_of(due), error=None, lease_until="")
    key = f"runs/{visit.run.id}/{visit.key}/{visit.invocation.owner}.json"
    output = visit.ports.values.store(key, mask.value(outcome.output))
    return replace(record, status="completed", output=output, branch=outcome.branch, error=None, lease_until="")


def _context(visit: Visit, scope: Mapping[str, Any], diary: Diary, mask: Mask, stopped: Stopped) -> StepContext:
    record = diary.record
    secrets = secrets_of(visit)
    for secret in secrets.values():
        mask.add(secret.value)
    now = visit.ports.clock()
    raw = visit.step["config"]
    bare = BARE.get(visit.step["type"], frozenset())
    templates = {name: value for name, value in raw.items() if name not in bare}
    return StepContext(
        run_id=visit.run.id,
        workflow_id=visit.run.workflow_id,
        step_id=visit.step["id"],
        config=render(templates, {**scope, "secrets": values_of(secrets)}, now=now),
        raw=raw,
        evaluate=partial(evaluate, scope=scope, now=now),
        env=visit.plan["env"],
        timeout_seconds=_attempt_seconds(visit, record),
        idempotency_key=_idempotency_key(visit),
        attempt=record.attempt,
        first_entered=moment_of(record.started_at or visit.now()),
        now=now,
        due_at=moment_of(record.due_at) if record.due_at else None,
        secret_hosts=tuple(secret.hosts for secret in secrets.values() if secret.hosts),
        conceal=mask.add,
        masked=mask.value,
        fill=partial(fill, bearer_of(visit), mask, now),
        log=diary.log,
        spend=diary.spend,
        stopped=stopped,
        correlation=headers_for(visit.run.origin, visit.run.id, f"{_idempotency_key(visit)} {record.attempt}"),
        origin=Origin(visit.run.id, visit.run.origin.correlation_id, trace_of(visit.run.origin, visit.run.id)),
    )


def _idempotency_key(visit: Visit) -> str:
    """The same across attempts and executions; another each time the step was asked to run again."""
    generation = visit.replay.generation(visit.step["id"])
    return f"{visit.run.id}:{visit.key}" + (f":{generation}" if generation else "")


def _attempt_seconds(visit: Visit, record: StepRun) -> float:
    """What an attempt may take: its own time, the rest of the step's, the rest of the invocation."""
    bounds = [visit.step["attempt_timeout"], _seconds_to(visit, visit.invocation.ends_at) - SETTLE_SECONDS]
    if visit.step["step_timeout"] is not None:
        ends_at = moment_of(record.started_at or visit.now()) + timedelta(seconds=visit.step["step_timeout"])
        bounds.append(_seconds_to(visit, ends_at))
    loop_ends = end_around(visit)
    if loop_ends is not None:
        bounds.append(_seconds_to(visit, loop_ends))
    return max(0.1, min(bounds))
