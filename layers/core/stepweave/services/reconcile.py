"""Reconcile: the promise that no run is lost or stuck, kept without events.

Step Functions' status-change events are best effort (AWS documentation, "Automating Step Functions event delivery").
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from stepweave.domain.run import UNDER_WAY, Fail, RunState, execution_name
from stepweave.domain.slots import DEPLOYMENT, group_of
from stepweave.errors import Unavailable
from stepweave.services.admission import held_back
from stepweave.services.delays import await_start, is_early
from stepweave.services.deletion import erase_run
from stepweave.services.dispatch import dispatch_all, queue_run, take_slot_and_start
from stepweave.services.finish import FinishPorts, end_run, finish_run
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Clock
from stepweave.services.queue_age import queued_seconds
from stepweave.services.slots import dequeue, free_leaked_slots, free_slots
from stepweave.services.stopping import carry_out

FIRST_CHECK = timedelta(minutes=1)
LAST_CHECK = timedelta(hours=6)
QUEUE_CHECK = timedelta(minutes=5)
"""Between checks of a run that queues: should the queue have lost it, it must not wait for hours."""
AT_ONCE = 100
"""Runs per page of those that are due; the rest stay due, and come first next time."""
PAUSED_CHECK = timedelta(days=1)
"""Between checks of a run that is paused, which is only to be kept."""
KEPT_AT_ONCE = 500
"""Items of a run whose expiry one check puts off."""
MARGIN = timedelta(seconds=30)
"""Kept free at the end of an invocation for the check that is under way."""
PATIENCE = 7
"""Checks, over half an hour to two hours, after which a run that cannot be put right is failed."""


@dataclass
class Healed:
    """`seen`: runs that this invocation has checked; the index may show them as due for a little longer.

    `oldest_queued`: seconds for which the oldest run queues that only wants a slot; None when none does.
    """

    repaired: int = 0
    oldest_queued: float | None = None
    seen: set[str] = field(default_factory=set)
    looked_for_leaks: set[str] = field(default_factory=set)

    def saw_queued(self, seconds: float) -> None:
        self.oldest_queued = max(seconds, self.oldest_queued or 0)


def next_check(checks: int) -> timedelta:
    """1, 2, 4 ... minutes, at most 6 hours: a long run costs little."""
    return min(FIRST_CHECK * (1 << min(checks, 16)), LAST_CHECK)


def reconcile(ports: FinishPorts, clock: Clock, ends_at: datetime) -> Healed:
    """Looks after every active run whose check is due: ended, never started, vanished, or queued beside a free slot.

    Goes on until none is due, or until the invocation nears its end.
    """
    healed = Healed()
    for state in _due(healed, ports, clock, ends_at):
        healed.repaired += _guarded(state, healed, ports, clock)
    counts = {"checked": len(healed.seen), "repaired": healed.repaired}
    ports.dispatch.tell("reconciled", **counts, oldest_queued_seconds=healed.oldest_queued)
    return healed


def _due(healed: Healed, ports: FinishPorts, clock: Clock, ends_at: datetime) -> Iterator[RunState]:
    runs = ports.dispatch.runs
    while fresh := [each for each in runs.due(text_of(clock()), AT_ONCE) if each.run_id not in healed.seen]:
        for state in fresh:
            if clock() + MARGIN >= ends_at:
                return
            healed.seen.add(state.run_id)
            yield state


def _guarded(state: RunState, healed: Healed, ports: FinishPorts, clock: Clock) -> bool:
    """One run that cannot be put right must not keep the others waiting: it is told, and tried again for a while."""
    try:
        return _check(state, healed, ports, clock)
    except Unavailable as error:
        ports.dispatch.tell.fault("run_not_repaired", error, run_id=state.run_id)
    except Exception as error:
        ports.dispatch.tell.fault("run_not_repaired", error, run_id=state.run_id)
        if state.checks >= PATIENCE:
            _give_up(state, type(error).__name__, ports, clock)
    return False


def _give_up(state: RunState, why: str, ports: FinishPorts, clock: Clock) -> None:
    code = "start_failed" if state.status == "queued" else "internal"
    message = "The run could not be brought to its end; the log of `reconcile` has the details."
    now = text_of(clock())
    final = replace(state, status="failed", completed_at=now, error=Fail(code, message, {"error": why}))
    end_run(final, ports, steps=0)
    name = execution_name(state.run_id, state.execution)
    dispatch_all(free_slots(state, name, ports.dispatch), ports.dispatch)


def _check(state: RunState, healed: Healed, ports: FinishPorts, clock: Clock) -> bool:
    """Whether something had to be put right. The next check is set first, so that a poisoned run blocks no other."""
    now = clock()
    if state.deleted:
        return erase_run(state.run_id, runs=ports.dispatch.runs, values=ports.values)
    if state.status not in UNDER_WAY:
        return _let_rest(state, ports, now)
    pause = QUEUE_CHECK if state.status == "queued" or state.intent else next_check(state.checks + 1)
    ports.dispatch.runs.set_check(state.run_id, state.checks + 1, text_of(now + pause))
    if not ports.dispatch.runs.keep(state, KEPT_AT_ONCE):
        ports.dispatch.runs.set_check(state.run_id, state.checks, text_of(now + QUEUE_CHECK))
    name = execution_name(state.run_id, state.execution)
    execution = ports.dispatch.machines.execution(state.machine_arn, name)
    if execution is not None:
        # Who started it from a queue may have been cut off before taking it out.
        dequeue(state, ports.dispatch)
    if execution is not None and execution.status == "RUNNING" and state.intent is None:
        return ports.wake(state) > 0
    if state.intent is not None and (execution is None or execution.status == "RUNNING"):
        carry_out(state, text_of(now), ports)
    elif execution is not None:
        finish_run(name, execution, execution.stopped_at or text_of(now), ports)
    elif not _start_again(state, healed, ports, clock):
        return False
    ports.dispatch.tell("run_repaired", run_id=state.run_id, found=execution.status if execution else "no execution")
    return True


def _let_rest(state: RunState, ports: FinishPorts, now: datetime) -> bool:
    """One that is over or paused is due only to be kept for as long as it should be."""
    runs = ports.dispatch.runs
    if not runs.keep(state, KEPT_AT_ONCE):
        runs.rest(state, text_of(now + QUEUE_CHECK))
    else:
        runs.rest(state, text_of(now + PAUSED_CHECK) if state.status == "paused" else None)
    return False


def _start_again(state: RunState, healed: Healed, ports: FinishPorts, clock: Clock) -> bool:
    """A run without an execution starts if it holds a slot or can take one; else it queues (again). One that is to
    start later waits for that again: what waited for it may be lost. Whether it has started."""
    if is_early(state, clock()):
        ports.dispatch.runs.set_check(state.run_id, state.checks, text_of(moment_of(state.run_at or "") + FIRST_CHECK))
        await_start(state, ports.dispatch)
        return False
    if state.status == "queued" and held_back(state, ports.dispatch):
        return False
    if take_slot_and_start(state, ports.dispatch, past_queue=state.status != "queued"):
        if state.status == "queued":
            # Its entry may stand in a queue of which nobody knows: who made it was cut off.
            dequeue(state, ports.dispatch)
        return True
    groups = [group_of(state), *([DEPLOYMENT] if ports.dispatch.deployment_limit else [])]
    for group in groups:
        if group not in healed.looked_for_leaks:
            healed.looked_for_leaks.add(group)
            dispatch_all(free_leaked_slots(group, ports.dispatch, now=clock()), ports.dispatch)
    if state.status == "queued":
        healed.saw_queued(queued_seconds(state, clock()))
        queue_run(state, group_of(state), ports.dispatch)
    return False
