"""Signals from the side of who sends them.

Order of the writes: the signal itself, the time of the next check, the inbox, the latch of the wait that got it. From
the inbox on it is accepted; should the sender be cut off then, the check wakes the wait.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.inbox import MOST_HELD, Inbox, Signal, key_of_wait, leave, post, wait_name
from stepweave.domain.plan import Plan
from stepweave.domain.run import ACTIVE_RUN, SETTLED_STEP, RunState, StepRun
from stepweave.errors import Conflict, NotFound
from stepweave.ids import NewId
from stepweave.services.idempotency import Once, claim
from stepweave.services.inboxes import change
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, IdempotencyKeys, Inboxes, Latches, Machines, Plans, Runs, Values
from stepweave.services.settling import key_in
from stepweave.services.signal_waits import wake

CHECK_AFTER = timedelta(minutes=1)
"""When reconcile looks after a signal: later than any request lasts."""


@dataclass(frozen=True)
class SendSignal:
    name: str
    payload: Any = None
    once: Once | None = None


@dataclass(frozen=True)
class Sent:
    """`delivered`: whether a wait has got it; else it is kept for the next. `replayed`: an earlier request sent it."""

    signal_id: str
    delivered: bool
    replayed: bool = False


@dataclass(frozen=True)
class SignalPorts:
    runs: Runs
    plans: Plans
    values: Values
    inboxes: Inboxes
    latches: Latches
    machines: Machines
    keys: IdempotencyKeys
    new_id: NewId
    clock: Clock


def send_signal(caller: Caller, run_id: str, request: SendSignal, ports: SignalPorts) -> Sent:
    """Ends the oldest wait for a signal of that name, or keeps the signal for the next one.

    Raises `NotFound`, and `Conflict` (`run_finished`, `too_many_signals`, `idempotency_conflict`).
    """
    state = active_run(run_id, ports.runs)
    now = ports.clock()
    content = {"run": run_id, "name": request.name, "payload": request.payload}
    claimed = claim(request.once, content, ports.new_id("sig"), ports.keys, now)
    payload = ports.values.store(f"runs/{run_id}/signals/{claimed.resource_id}.json", request.payload)
    signal = Signal(claimed.resource_id, run_id, request.name, payload, text_of(now), caller.key_id)
    ports.inboxes.keep(signal)
    look_soon(state, ports.runs, ports.clock)
    _drop_dead_waits(state, request.name, ports)
    inbox = change(ports.inboxes, run_id, request.name, partial(_posted, signal=signal.id))
    wait = inbox.wait_of(signal.id)
    if wait is not None:
        wake(run_id, state.execution, key_of_wait(wait), ports.latches, ports.machines)
    return Sent(signal.id, wait is not None, claimed.replayed)


def active_run(run_id: str, runs: Runs) -> RunState:
    """The state of a run that a signal can reach; raises `NotFound` and `Conflict`."""
    state = runs.state(run_id)
    if state is None:
        raise NotFound("run", run_id)
    if state.status not in ACTIVE_RUN:
        raise Conflict(f"Run '{run_id}' is {state.status}: nothing waits in it any more.", code="run_finished")
    return state


def look_soon(state: RunState, runs: Runs, clock: Clock) -> None:
    """Has reconcile look at the run in a minute, should what follows be cut off."""
    runs.set_check(state.run_id, state.checks, text_of(clock() + CHECK_AFTER))


def _posted(inbox: Inbox, signal: str) -> Inbox:
    if inbox.is_full and not inbox.knows(signal):
        raise Conflict(f"The run has {MOST_HELD:,} waits and signals of that name already.", code="too_many_signals")
    return post(inbox, signal)


def _drop_dead_waits(state: RunState, name: str, ports: SignalPorts) -> None:
    """Takes waits that ended unheard from the head of the inbox: with a loop, or with an iteration that failed."""
    while waits := ports.inboxes.get(state.run_id, name).waits:
        if _is_alive(waits[0], state, ports):
            return
        change(ports.inboxes, state.run_id, name, partial(leave, wait=waits[0]))


def _is_alive(wait: str, state: RunState, ports: SignalPorts) -> bool:
    key = key_of_wait(wait)
    plan = ports.plans.get(state.workflow_id, state.plan_key)
    around = _keys_around(key, plan)
    records = ports.runs.read(state.run_id, [key, *around])[1]
    mine = records.get(key)
    if mine is None or mine.status in SETTLED_STEP or wait_name(mine) != wait:
        return False
    return not any(_ends_what_is_inside(records[each], plan) for each in around if each in records)


def _keys_around(key: str, plan: Plan) -> list[str]:
    """The loops around a step run, and the steps beside it in each of their iterations."""
    step, _, position = key.partition("@")
    loops = plan["steps"][step]["loops"] if step in plan["steps"] else []
    return [key_in(plan, each, position) for loop in loops for each in (loop, *plan["steps"][loop]["body"])]


def _ends_what_is_inside(record: StepRun, plan: Plan) -> bool:
    """A loop that has settled; a failure that nothing handles, which ends the iteration it is in."""
    told = plan["steps"][record.step_id]
    if told["type"] == "loop" and record.status in SETTLED_STEP:
        return True
    return bool(told["loops"]) and record.status == "failed" and told["on_error"] == "fail"


def wake_given(state: RunState, runs: Runs, inboxes: Inboxes, latches: Latches, machines: Machines) -> int:
    """Wakes the waits of a run that something was given to and that have not gone on; how many there were."""
    given = {wait for inbox in inboxes.all(state.run_id).values() for wait in inbox.given}
    if not given:
        return 0
    records = runs.read(state.run_id, {key_of_wait(wait) for wait in given})[1]
    asleep = [each for each in records.values() if each.status == "waiting" and wait_name(each) in given]
    for record in asleep:
        wake(state.run_id, state.execution, record.key, latches, machines)
    return len(asleep)
