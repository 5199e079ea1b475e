"""Executions: what a run with its slots gets from Step Functions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.run import RunState, execution_name
from stepweave.domain.workflow import Machine
from stepweave.errors import Unavailable
from stepweave.services.ports import Clock, Machines, Runs, Slots, Started, Tell, Workflows

Remake = Callable[[str, int], Machine]
"""Makes the state machine of a workflow's version again."""


@dataclass(frozen=True)
class DispatchPorts:
    """`deployment_limit`: how many runs may be under way in all, 0 for any number. `delayed_start_arn`: of the machine
    that waits until a run is to start."""

    workflows: Workflows
    slots: Slots
    runs: Runs
    machines: Machines
    remake: Remake
    tell: Tell
    clock: Clock
    deployment_limit: int = 0
    delayed_start_arn: str = ""


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


def start_execution(state: RunState, ports: DispatchPorts) -> Started:
    """Starts the current execution of a run that holds its slots, unless it had been started before."""
    name = execution_name(state.run_id, state.execution)
    if started := ports.machines.start(state.machine_arn, name, execution_input(state)):
        return started
    machine = ports.remake(state.workflow_id, state.workflow_version)
    ports.runs.set_machine(state.run_id, machine)
    again = replace(state, machine_arn=machine.arn, plan_key=machine.plan_key)
    if started := ports.machines.start(machine.arn, name, execution_input(again)):
        return started
    raise Unavailable("Step Functions")
