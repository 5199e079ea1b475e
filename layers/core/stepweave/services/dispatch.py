"""Dispatch: free slots go to the oldest queued runs, and a run with its slots gets its execution.

Every step of it may be repeated, by anyone, at any time: slots are a set of execution names, an execution's name is
started once whatever happens, and a queue entry goes only when its run has been started or stands in another queue.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from stepweave.domain.run import UNDER_WAY, Fail, RunState, execution_name
from stepweave.domain.slots import DEPLOYMENT, SlotState, workflow_of
from stepweave.errors import Unavailable
from stepweave.services.executions import DispatchPorts, start_execution
from stepweave.services.moments import text_of
from stepweave.services.queue_age import queued_seconds
from stepweave.services.slots import free_slots, take_slots

_BATCH = 25
GROUPS = 1_000
"""Groups of one workflow that are dispatched at once when it becomes active again."""
RESTS = ("paused", "archived")
"""Statuses of a workflow whose queued runs stay queued."""


def admit_run(state: RunState, ports: DispatchPorts) -> None:
    """Starts a run if its slots are free and nobody queues before it; else it queues."""
    lacking = take_and_start(state, ports)
    if lacking is not None:
        queue_run(state, lacking, ports)


def start_new(state: RunState, ports: DispatchPorts) -> str | None:
    """Starts a run that was stored just now, so that nobody else knows of it. -> the group that has no slot for it."""
    lacking = take_slots(state, ports)
    if lacking is None:
        _start_or_free(state, ports)
    return lacking


def queue_run(state: RunState, group: str, ports: DispatchPorts) -> None:
    """Puts a run into a group's queue, and starts who can be started from it."""
    slots = ports.slots.enqueue(group, state.run_id)
    ports.tell("run_queued", run_id=state.run_id, workflow_id=state.workflow_id)
    _dispatch_if_free(group, slots, state, ports)


def _dispatch_if_free(group: str, slots: SlotState, state: RunState, ports: DispatchPorts) -> None:
    """A slot may have been freed between the refusal and the entry, by somebody who saw no queue. Where all were held
    when the queue was marked, whoever frees one sees the mark."""
    if len(slots.held) < (ports.deployment_limit if group == DEPLOYMENT else state.limit):
        dispatch(group, ports)


def dispatch_all(groups: Iterable[str], ports: DispatchPorts) -> None:
    for group in groups:
        dispatch(group, ports)


def dispatch_workflow(workflow_id: str, ports: DispatchPorts) -> None:
    """Starts what queues in any group of a workflow: after it has become active again."""
    dispatch_all(dict.fromkeys([workflow_id, *ports.slots.groups(workflow_id, GROUPS)]), ports)
    if ports.deployment_limit:
        dispatch(DEPLOYMENT, ports)


def dispatch(group: str, ports: DispatchPorts) -> None:
    """Hands free slots of a group to the runs that queue for them, oldest first.

    Runs of a workflow that rests stay where they are and block nobody.
    """
    workflow_id = workflow_of(group)
    status = ports.workflows.status(workflow_id) if workflow_id else None
    if status in RESTS:
        return
    after, stays = "", False
    while True:
        rev = ports.slots.get(group).rev
        queued = ports.slots.queued(group, _BATCH, after=after)
        if not queued:
            if not stays:
                ports.slots.clear_queue_mark(group, rev)
            return
        for run_id in queued:
            match _start_queued(group, run_id, ports, status):
                case "full":
                    return
                case "stays":
                    after, stays = run_id, True


_Outcome = Literal["left", "stays", "full"]


def _start_queued(group: str, run_id: str, ports: DispatchPorts, status: str | None) -> _Outcome:
    """`full` when no slot is free, or Step Functions does not answer: the queue stays as it is then.

    A run that cannot be started leaves the queue, so that it blocks no other; reconcile tries again, and gives up.
    """
    state = ports.runs.state(run_id)
    if state is not None and state.status == "queued":
        if group == DEPLOYMENT:
            status = ports.workflows.status(state.workflow_id)
        if status in RESTS:
            return "stays"
        lacking = _start_from(group, state, status, ports)
        if lacking == group:
            return "full"
        if lacking is not None:
            # The new entry comes first, so that the run stands in a queue all the time.
            slots = ports.slots.enqueue(lacking, run_id)
            ports.slots.dequeue(group, run_id)
            _dispatch_if_free(lacking, slots, state, ports)
            return "left"
    ports.slots.dequeue(group, run_id)
    return "left"


def _start_from(group: str, state: RunState, status: str | None, ports: DispatchPorts) -> str | None:
    """Starts the head of a queue, or ends it with its workflow; else the group in whose queue it belongs now."""
    if status is None:
        end_with_workflow(state, ports)
        return None
    try:
        return take_and_start(state, ports, past=group)
    except Unavailable:
        return group
    except Exception as error:
        ports.tell.fault("run_not_started", error, run_id=state.run_id, workflow_id=state.workflow_id)
        return None


def end_with_workflow(state: RunState, ports: DispatchPorts) -> None:
    """A queued run whose workflow has been deleted will never start."""
    gone = Fail("workflow_deleted", f"The workflow '{state.workflow_id}' was deleted before the run could start.")
    final = replace(state, status="cancelled", completed_at=text_of(ports.clock()), error=gone)
    if ports.runs.finish(final):
        ports.tell(
            "run_finished", run_id=state.run_id, workflow_id=state.workflow_id, status="cancelled", code=gone.code
        )
    free_slots(state, execution_name(state.run_id, state.execution), ports)


def take_slot_and_start(state: RunState, ports: DispatchPorts, *, past_queue: bool = False) -> bool:
    """Starts a run if its slots are free; False when they are not. `past_queue`: whoever may queue before it."""
    return take_and_start(state, ports, past=DEPLOYMENT if past_queue else None) is None


def take_and_start(state: RunState, ports: DispatchPorts, *, past: str | None = None) -> str | None:
    """The group that has no slot for the run; None when there is nothing more to do for it.

    The state is read again under the slots: since it was first read, another may have started the run, and it may have
    ended, and then nobody would free them. They go back when the start fails.
    """
    lacking = take_slots(state, ports, past=past)
    if lacking is not None:
        return lacking
    current = ports.runs.state(state.run_id)
    if current is None or not _is_to_start(current, state.execution):
        free_slots(state, execution_name(state.run_id, state.execution), ports)
        return None
    _start_or_free(current, ports)
    return None


def _is_to_start(state: RunState, execution: int) -> bool:
    return state.status in UNDER_WAY and state.execution == execution and state.intent is None


def _start_or_free(state: RunState, ports: DispatchPorts) -> None:
    """A run that could not be started holds no slot while it waits for reconcile.

    Where Step Functions did not answer it may have been started: it keeps its slot, or one too many would run. The next
    who dispatches, or reconcile, starts it then, which is starting it once.
    """
    name = execution_name(state.run_id, state.execution)
    try:
        started = start_execution(state, ports)
        if started == "started":
            _tell_started(state, ports)
        is_over = started == "existed" and _has_ended(state, name, ports)
    except Unavailable:
        raise
    except Exception:
        free_slots(state, name, ports)
        raise
    if is_over:
        dispatch_all(free_slots(state, name, ports), ports)


def _tell_started(state: RunState, ports: DispatchPorts) -> None:
    ports.tell(
        "run_started",
        run_id=state.run_id,
        workflow_id=state.workflow_id,
        version=state.workflow_version,
        execution=state.execution,
        queued_seconds=queued_seconds(state, ports.clock()),
    )


def _has_ended(state: RunState, name: str, ports: DispatchPorts) -> bool:
    """Who started it before may have ended, and its slots been freed, before they were taken here once more: then
    nobody would free them again."""
    current = ports.runs.state(state.run_id) or state
    execution = ports.machines.execution(current.machine_arn, name)
    return execution is not None and execution.status != "RUNNING"
