"""Reconcile: the promise that no run is lost or stuck, kept without events.

Step Functions' status-change events are best effort (AWS documentation, "Automating Step Functions event delivery").
"""

from dataclasses import dataclass
from datetime import timedelta

from stepweave.domain.run import ACTIVE_RUN, RunState, execution_name
from stepweave.services.dispatch import dispatch, start_execution
from stepweave.services.finish import FinishPorts, finish_run, release
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock

FIRST_CHECK = timedelta(minutes=1)
LAST_CHECK = timedelta(hours=6)
AT_ONCE = 200
"""Runs per invocation; the rest stay due, and come first next time."""


@dataclass(frozen=True)
class Healed:
    checked: int
    repaired: int


def next_check(checks: int) -> timedelta:
    """1, 2, 4 ... minutes, at most 6 hours: a long run costs little."""
    return min(FIRST_CHECK * (1 << min(checks, 16)), LAST_CHECK)


def reconcile(ports: FinishPorts, clock: Clock) -> Healed:
    """Looks after every active run whose check is due: ended, never started, vanished, or queued beside a free slot."""
    due = ports.dispatch.runs.due(text_of(clock()), AT_ONCE)
    repaired = sum(_guarded(state, ports, clock) for state in due)
    healed = Healed(len(due), repaired)
    ports.dispatch.tell("reconciled", checked=healed.checked, repaired=healed.repaired)
    return healed


def _guarded(state: RunState, ports: FinishPorts, clock: Clock) -> bool:
    """One run that cannot be put right must not keep the others waiting; it is told, and tried again later."""
    try:
        return _check(state, ports, clock)
    except Exception as error:
        ports.dispatch.tell.fault("run_not_repaired", error, run_id=state.run_id)
        return False


def _check(state: RunState, ports: FinishPorts, clock: Clock) -> bool:
    """Whether something had to be put right. The next check is set first, so that a poisoned run blocks no other."""
    now = clock()
    ports.dispatch.runs.set_check(state.run_id, state.checks + 1, text_of(now + next_check(state.checks + 1)))
    name = execution_name(state.run_id, state.execution)
    execution = ports.dispatch.machines.execution(state.machine_arn, name)
    if execution is not None and execution.status == "RUNNING":
        return False
    if execution is not None:
        finish_run(name, execution, text_of(now), ports)
    else:
        _start_again(state, name, ports)
    ports.dispatch.tell("run_repaired", run_id=state.run_id, found=execution.status if execution else "no execution")
    return True


def _start_again(state: RunState, name: str, ports: FinishPorts) -> None:
    """A run without an execution starts if it holds a slot or can take one; else it queues (again)."""
    workflows = ports.dispatch.workflows
    if workflows.take_slot(state.workflow_id, name, state.limit, past_queue=state.status != "queued"):
        start_execution(state, ports.dispatch)
        return
    _free_leaked_slots(state.workflow_id, ports)
    if state.status == "queued":
        workflows.enqueue(state.workflow_id, state.run_id)
        dispatch(state.workflow_id, ports.dispatch)


def _free_leaked_slots(workflow_id: str, ports: FinishPorts) -> None:
    for name in ports.dispatch.workflows.slots(workflow_id).held:
        holder = ports.dispatch.runs.state(name.rpartition("-")[0])
        if holder is None or holder.status not in ACTIVE_RUN:
            release(workflow_id, name, ports.dispatch)
