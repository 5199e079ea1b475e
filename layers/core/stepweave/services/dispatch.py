"""Dispatch: free slots go to the oldest queued runs, and a run with a slot gets its execution.

Every step of it may be repeated, by anyone, at any time: slots are a set of execution names, an execution's name is
started once whatever happens, and a queue entry goes only when its run has been started.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.run import UNDER_WAY, RunState, execution_name
from stepweave.domain.workflow import Machine
from stepweave.errors import Unavailable
from stepweave.services.ports import Machines, Runs, Tell, Workflows

Remake = Callable[[str, int], Machine]
"""Makes the state machine of a workflow's version again."""

_BATCH = 25


@dataclass(frozen=True)
class DispatchPorts:
    workflows: Workflows
    runs: Runs
    machines: Machines
    remake: Remake
    tell: Tell


def execution_input(state: RunState) -> dict[str, Any]:
    """All that a state machine carries: ids. Identical whenever it is made, so that starting twice is starting once."""
    return {
        "run_id": state.run_id,
        "execution": state.execution,
        "workflow_id": state.workflow_id,
        "version": state.workflow_version,
        "plan": state.plan_key,
        "position": "",
    }


def start_execution(state: RunState, ports: DispatchPorts) -> None:
    """Starts the current execution of a run that holds a slot, unless it had been started before."""
    name = execution_name(state.run_id, state.execution)
    if ports.machines.start(state.machine_arn, name, execution_input(state)):
        return
    machine = ports.remake(state.workflow_id, state.workflow_version)
    ports.runs.set_machine(state.run_id, machine)
    again = replace(state, machine_arn=machine.arn, plan_key=machine.plan_key)
    if not ports.machines.start(machine.arn, name, execution_input(again)):
        raise Unavailable("Step Functions")


def admit_run(state: RunState, ports: DispatchPorts) -> None:
    """Starts a new run if a slot is free and nobody queues before it; else it queues."""
    name = execution_name(state.run_id, state.execution)
    if ports.workflows.take_slot(state.workflow_id, name, state.limit):
        _start_or_free(state, ports)
        return
    ports.workflows.enqueue(state.workflow_id, state.run_id)
    ports.tell("run_queued", run_id=state.run_id, workflow_id=state.workflow_id)
    # A slot may have been freed between the refusal and the entry; whoever freed it saw no queue.
    dispatch(state.workflow_id, ports)


def dispatch(workflow_id: str, ports: DispatchPorts) -> None:
    while True:
        rev = ports.workflows.slots(workflow_id).rev
        queued = ports.workflows.queued(workflow_id, _BATCH)
        if not queued:
            ports.workflows.clear_queue_mark(workflow_id, rev)
            return
        for run_id in queued:
            if not _start_queued(workflow_id, run_id, ports):
                return


def _start_queued(workflow_id: str, run_id: str, ports: DispatchPorts) -> bool:
    """False when no slot is free, or Step Functions does not answer: the queue stays as it is then.

    A run that cannot be started leaves the queue, so that it blocks no other; reconcile tries again, and gives up.
    """
    state = ports.runs.state(run_id)
    if state is not None and state.status == "queued":
        try:
            if not take_slot_and_start(state, ports, past_queue=True):
                return False
        except Unavailable:
            return False
        except Exception as error:
            ports.tell.fault("run_not_started", error, run_id=run_id, workflow_id=workflow_id)
    ports.workflows.dequeue(workflow_id, run_id)
    return True


def take_slot_and_start(state: RunState, ports: DispatchPorts, *, past_queue: bool = False) -> bool:
    """Starts a run if a slot is free for it; False when none is. The slot goes back when the start fails.

    The state is read again under the slot: since it was first read, another may have started the run, and it may have
    ended, and then nobody would free the slot.
    """
    name = execution_name(state.run_id, state.execution)
    if not ports.workflows.take_slot(state.workflow_id, name, state.limit, past_queue=past_queue):
        return False
    current = ports.runs.state(state.run_id)
    if current is None or not _is_to_start(current, state.execution):
        ports.workflows.free_slot(state.workflow_id, name)
        return True
    _start_or_free(current, ports)
    return True


def _is_to_start(state: RunState, execution: int) -> bool:
    return state.status in UNDER_WAY and state.execution == execution and state.intent is None


def _start_or_free(state: RunState, ports: DispatchPorts) -> None:
    """A run that could not be started holds no slot while it waits for reconcile."""
    try:
        start_execution(state, ports)
    except Exception:
        ports.workflows.free_slot(state.workflow_id, execution_name(state.run_id, state.execution))
        raise
