"""Slots of a run: in its group, and in the deployment where that has a limit.

Slots are a set of execution names, so that taking and freeing twice is harmless. They are taken in one order, the
group's first, and a run that waits for the deployment's keeps its group's meanwhile: nobody waits in a circle.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from stepweave.domain.run import UNDER_WAY, RunState, execution_name
from stepweave.domain.slots import DEPLOYMENT, group_of
from stepweave.ids import milliseconds_of
from stepweave.services.executions import DispatchPorts
from stepweave.services.ports import Slots

FRESH = timedelta(minutes=1)
"""Twice what a request to the API may take."""
SHOWN_QUEUE = 1_000
"""How far down a queue a position is told."""


def take_slots(state: RunState, ports: DispatchPorts, *, past: str | None = None) -> str | None:
    """The group that has no slot for a run; None when the run holds all that it needs. `past`: whose queue it may pass
    by, being its head; a run at the head of the deployment's queue passes that of its group too."""
    name = execution_name(state.run_id, state.execution)
    group = group_of(state)
    if not ports.slots.take(group, name, state.limit, past_queue=past is not None):
        return group
    limit = ports.deployment_limit
    if limit and not ports.slots.take(DEPLOYMENT, name, limit, past_queue=past == DEPLOYMENT):
        return DEPLOYMENT
    return None


def free_slots(state: RunState, name: str, ports: DispatchPorts) -> list[str]:
    """Afterwards that execution holds no slot. -> the groups of these slots in which runs queue, in the order in which
    they are to be dispatched: who waits for the deployment's slot holds its group's already."""
    groups = [DEPLOYMENT] if ports.deployment_limit else []
    return [each for each in (*groups, group_of(state)) if ports.slots.free(each, name).has_queue]


def leave_queues(state: RunState, ports: DispatchPorts) -> list[str]:
    """Takes a run out of every queue and frees its slots. -> the groups that are to be dispatched, as `free_slots`."""
    dequeue(state, ports)
    return free_slots(state, execution_name(state.run_id, state.execution), ports)


def dequeue(state: RunState, ports: DispatchPorts) -> None:
    """Takes a run out of every queue."""
    for group in (group_of(state), *([DEPLOYMENT] if ports.deployment_limit else [])):
        ports.slots.dequeue(group, state.run_id)


def free_leaked_slots(group: str, ports: DispatchPorts, *, now: datetime, most: int | None = None) -> list[str]:
    """Frees the slots of executions that are over, or never were. -> the groups that are to be dispatched.

    Looks at the oldest holders, `most` of them, one read each; at none that is younger than `FRESH`: of a start under
    way that takes its slot first, the run is not stored yet.
    """
    old = sorted(name for name in ports.slots.get(group).held if not _is_fresh(name, now))[:most]
    freed = [ports.slots.free(group, name) for name in old if not _holds(name, ports)]
    return [group] if any(each.has_queue for each in freed) else []


def _is_fresh(name: str, now: datetime) -> bool:
    made = milliseconds_of(name.rpartition("-")[0]) or 0
    return now.timestamp() * 1000 - made <= FRESH.total_seconds() * 1000


def _holds(name: str, ports: DispatchPorts) -> bool:
    state = ports.runs.state(name.rpartition("-")[0])
    return state is not None and state.status in UNDER_WAY and name == execution_name(state.run_id, state.execution)


@dataclass(frozen=True)
class QueuePlace:
    """In which group's queue a run stands, and where, from 1; None: further down than `SHOWN_QUEUE`."""

    group: str
    position: int | None


def queue_place(state: RunState, slots: Slots, deployment_limit: int = 0) -> QueuePlace | None:
    """Where a run queues; None when it does not. Reads one query, two when the deployment has a limit."""
    beyond = None
    for group in (group_of(state), *([DEPLOYMENT] if deployment_limit else [])):
        queued = list(slots.queued(group, SHOWN_QUEUE))
        if state.run_id in queued:
            return QueuePlace(group, queued.index(state.run_id) + 1)
        if len(queued) == SHOWN_QUEUE and state.run_id > queued[-1]:
            beyond = beyond or QueuePlace(group, None)
    return beyond
