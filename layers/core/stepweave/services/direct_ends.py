"""Direct executions whose state machine's execution ended, never started, or told nobody: none is left running.

The function settles an execution by itself. Only where it could not does the status-change event of a failed state
machine's execution settle it, or reconcile, since events are best effort.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from stepweave.domain.direct_execution import OVER, DirectState, become
from stepweave.domain.run import Fail
from stepweave.errors import Unavailable
from stepweave.services.direct_executions import DirectPorts, begin
from stepweave.services.direct_work import tell_end
from stepweave.services.moments import text_of
from stepweave.services.ports import Execution
from stepweave.services.reconcile import AT_ONCE, PATIENCE, QUEUE_CHECK

MARGIN = timedelta(seconds=10)
"""Kept free at the end of the time that it has, for the check that is under way: a few calls."""
_TRIES = 4
"""Each but the last was overtaken by a note of the function."""


def settle_ended(exec_id: str, execution: Execution, at: str, ports: DirectPorts) -> bool:
    """Ends a direct execution whose state machine's has ended without it; whether it had to. May come twice."""
    for _ in range(_TRIES):
        state = ports.executions.state(exec_id)
        if state is None or state.status in OVER:
            return False
        final = replace(_final(state, execution, at), writes=state.writes + 1)
        if ports.executions.put(final, was=state):
            tell_end(final, ports.tell)
            return True
    raise Unavailable("The store of executions")


def _final(state: DirectState, execution: Execution, at: str) -> DirectState:
    details = {"error": execution.error} if execution.error else {}
    match execution.status:
        case "TIMED_OUT":
            ended = become(state, "timed_out", at)
            fail = Fail("timeout", "It did not end within the time that all its attempts may take.", details)
        case "ABORTED":
            ended = become(state, "failed", at)
            fail = Fail("execution_stopped", "The execution was stopped outside Stepweave.", details)
        case _:
            ended = become(state, "failed", at)
            fail = Fail("execution_failed", "It could not be brought to its end; the log has the details.", details)
    return replace(ended, error=fail, lease_until="")


def check_direct_executions(ports: DirectPorts, ends_at: datetime) -> int:
    """Starts what never started and ends what ended unnoticed; how many that were. Goes on where it stopped when it is
    called again."""
    seen, repaired = set[str](), 0
    while fresh := [each for each in ports.executions.due(text_of(ports.clock()), AT_ONCE) if each.exec_id not in seen]:
        for state in fresh:
            if ports.clock() + MARGIN >= ends_at:
                return repaired
            seen.add(state.exec_id)
            repaired += _guarded(state, ports)
    return repaired


def _guarded(state: DirectState, ports: DirectPorts) -> bool:
    """One that cannot be put right must not keep the others waiting."""
    try:
        return _check(state, ports)
    except Exception as error:
        ports.tell.fault("direct_not_repaired", error, exec_id=state.exec_id)
        if state.checks >= PATIENCE and not isinstance(error, Unavailable):
            lost = Execution("FAILED", type(error).__name__)
            return settle_ended(state.exec_id, lost, text_of(ports.clock()), ports)
        return False


def _check(state: DirectState, ports: DirectPorts) -> bool:
    """The next check is set first, so that a poisoned one blocks no other."""
    now = ports.clock()
    ports.executions.set_check(state.exec_id, state.checks + 1, text_of(now + _pause(state)))
    execution = ports.machines.execution(ports.machine_arn, state.exec_id)
    if execution is None:
        begin(state.exec_id, ports)
        return True
    if execution.status == "RUNNING":
        return False
    return settle_ended(state.exec_id, execution, execution.stopped_at or text_of(now), ports)


def _pause(state: DirectState) -> timedelta:
    return min(QUEUE_CHECK, timedelta(minutes=1 + state.checks))
