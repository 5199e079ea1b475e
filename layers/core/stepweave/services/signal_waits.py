"""A wait that a signal ends, from its own side.

Its first state fixes the name, the time and the message in its record. The second parks: its function joins the run's
inbox for that name and leaves a token, with which whoever gives it a signal lets it go on. The third settles: from the
signal that was given to it, or, when its time is over, by leaving the inbox with none. What has been given is in the
inbox alone, so each state may be entered any number of times.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from stepweave.compiler.expressions import render
from stepweave.domain.inbox import MOST_HELD, Inbox, bad_signal_name, join, leave, wait_name
from stepweave.domain.json_value import well_formed
from stepweave.domain.run import SETTLED_STEP, Fail, StepRun, step_key
from stepweave.errors import StepError
from stepweave.services.inboxes import change
from stepweave.services.loop_bounds import end_around
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Latches, Machines
from stepweave.services.records import Answer, Drawn, admit, settle, tell, write
from stepweave.services.retries import SLEPT_SECONDS
from stepweave.services.signals import RunStopped, StepBusy
from stepweave.services.visits import SignalEntry, StepPorts, Visit

LONGEST_TASK = 99_999_999
"""Seconds that a Task state may last (Amazon States Language, "TimeoutSeconds"): three years, longer than any run."""
LONGEST_MESSAGE = 4_000
GIVEN = ("signal",)
"""What opens the latch of a wait: that a signal was given to it."""


def begin(visit: Visit, scope: Mapping[str, Any], fresh: StepRun, drawn: Drawn) -> Answer:
    """Fixes what is waited for, until when, and what is asked."""
    record = replace(fresh, owner=visit.invocation.owner, started_at=visit.now())
    try:
        waiting = _waiting(visit, scope, record)
    except StepError as error:
        fail = Fail(error.code, error.message, error.details)
        return settle(visit, replace(record, status="failed", error=fail), drawn, was=visit.stored)
    if visit.stored is not None and visit.stored.signal is not None:
        # What waited here before the step was to run again must not get a signal that comes for this one.
        change(visit.ports.inboxes, visit.run.id, visit.stored.signal, partial(leave, wait=wait_name(visit.stored)))
    facts = {"signal": waiting.signal, "due_at": waiting.due_at}
    told = tell(visit, tell(visit, waiting, "step_started", drawn), "step_waiting", facts=facts)
    return _time_left(visit, write(visit, told, was=visit.stored))


def _waiting(visit: Visit, scope: Mapping[str, Any], record: StepRun) -> StepRun:
    config = visit.step["config"]
    asked = {name: config[name] for name in ("signal", "message") if config.get(name) is not None}
    said = render(asked, scope, now=visit.ports.clock())
    due = None
    if (seconds := config.get("timeout_seconds")) is not None:
        due = text_of(moment_of(record.started_at or "") + timedelta(seconds=seconds))
    name = _name(said["signal"])
    if visit.ports.inboxes.get(visit.run.id, name).is_full:
        raise StepError(
            "too_many_signals", f"The run has {MOST_HELD:,} waits and signals named '{name[:100]}' already."
        )
    return replace(record, status="waiting", signal=name, message=_message(said), due_at=due)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise StepError("invalid_config", "/config/signal: an expression yielded no text, which a signal's name is.")
    if reason := bad_signal_name(value):
        raise StepError("invalid_config", f"/config/signal: the name of a signal {reason}.")
    return value


def _message(said: Mapping[str, Any]) -> str:
    value = said.get("message", "")
    text = value if isinstance(value, str) else str(value)
    return well_formed(text[:LONGEST_MESSAGE])


def go_on(visit: Visit, mine: StepRun) -> Answer:
    """Entered again: settled if it can be, else sent (back) to the state that waits."""
    inbox = visit.ports.inboxes.get(visit.run.id, mine.signal or "")
    if wait_name(mine) in inbox.given:
        return _completed(visit, mine, inbox)
    left = _seconds_left(visit, mine)
    if visit.entry.collects and 0 < left < SLEPT_SECONDS:
        # The clock of Step Functions, which ended its wait, goes before ours.
        visit.ports.sleep(left)
        left = _seconds_left(visit, mine)
    if left <= 0:
        return _out_of_time(visit, mine)
    if visit.entry.collects:
        raise StepBusy
    return _time_left(visit, mine)


def _completed(visit: Visit, mine: StepRun, inbox: Inbox) -> Answer:
    signal = visit.ports.inboxes.signal(visit.run.id, inbox.given[wait_name(mine)])
    if signal is None:
        raise LookupError(f"a signal of run {visit.run.id} is missing")
    drawn = admit(visit, draw=True)
    return settle(visit, replace(mine, status="completed", output=signal.payload), drawn, was=mine)


def _out_of_time(visit: Visit, mine: StepRun) -> Answer:
    """It leaves the inbox first: a signal that comes now is kept for another wait, or it has come just in time."""
    name = mine.signal or ""
    inbox = change(visit.ports.inboxes, visit.run.id, name, partial(leave, wait=wait_name(mine)))
    if wait_name(mine) in inbox.given:
        return _completed(visit, mine, inbox)
    drawn = admit(visit, draw=True)
    fail = Fail("timeout", f"No signal '{name}' came in time.", {"signal": name, "due_at": mine.due_at})
    return settle(visit, replace(mine, status="failed", error=fail), drawn, was=mine)


def _time_left(visit: Visit, record: StepRun) -> Answer:
    left = _seconds_left(visit, record)
    if (loops_end := end_around(visit)) is not None:
        left = min(left, (loops_end - visit.ports.clock()).total_seconds())
    seconds = LONGEST_TASK if math.isinf(left) else max(1, math.ceil(left))
    return {"until": record.due_at or visit.now(), "seconds": seconds}


def _seconds_left(visit: Visit, record: StepRun) -> float:
    if record.due_at is None:
        return math.inf
    return (moment_of(record.due_at) - visit.ports.clock()).total_seconds()


def park(entry: SignalEntry, ports: StepPorts) -> None:
    """The state goes on once its token is sent. `RunStopped` for an execution that is no longer the run's.

    The token is left before the inbox is joined, so that whoever finds the wait in the inbox finds its token.
    """
    if ports.runs.admit(entry.run_id, entry.execution, text_of(ports.clock()), draw=False) is None:
        raise RunStopped
    latch = ports.latches.arm(entry.run_id, entry.execution, entry.position, f"{entry.step} signal", entry.token)
    key = step_key(entry.step, entry.position)
    record = ports.runs.read(entry.run_id, [key])[1].get(key)
    if record is None or record.status in SETTLED_STEP or _is_given(record, ports):
        for token in sorted({*latch.tokens, entry.token}):
            ports.machines.send_success(token)


def _is_given(record: StepRun, ports: StepPorts) -> bool:
    """Whether a signal has been given to the wait, now that it has taken its place in the inbox."""
    if record.signal is None:
        return False
    inbox = change(ports.inboxes, record.run_id, record.signal, partial(join, wait=wait_name(record)))
    return wait_name(record) in inbox.given


def wake(run_id: str, execution: int, key: str, latches: Latches, machines: Machines) -> None:
    """Lets a wait that something was given to go on, if it is parked; if not, it finds that out when it parks."""
    step, _, position = key.partition("@")
    for token in sorted(latches.add(run_id, execution, position, f"{step} signal", GIVEN).tokens):
        machines.send_success(token)
