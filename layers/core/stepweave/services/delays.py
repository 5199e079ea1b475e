"""Delayed starts: a run that exists and holds no slot until its time has come.

Our own state machine `delayed_start` waits for that time and has the run admitted. Reconcile does it too, should the
machine's execution be lost.
"""

from datetime import datetime

from stepweave.domain.run import RunState
from stepweave.errors import Unavailable
from stepweave.services.executions import DispatchPorts
from stepweave.services.moments import moment_of


def is_early(state: RunState, now: datetime) -> bool:
    """Whether a run is to start later. One that is resumed does not wait for its time again."""
    first = state.status == "queued" and state.execution == 1
    return first and state.run_at is not None and moment_of(state.run_at) > now


def await_start(state: RunState, ports: DispatchPorts) -> None:
    """Has the run admitted at its time; once, however often it is asked: an execution's name is started once."""
    sent = {"run_id": state.run_id, "run_at": state.run_at}
    if not ports.machines.start(ports.delayed_start_arn, f"delayed-{state.run_id}", sent):
        raise Unavailable("Step Functions")
