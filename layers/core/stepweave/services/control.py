"""Control: cancel and pause.

Both are one mechanism: a conditional write puts an intent on the run under way, then it is carried out. Whatever is cut
off after that write is done by reconcile, for which the same write makes the run due.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from stepweave.domain.run import ACTIVE_RUN, Fail, Intent, RunState
from stepweave.errors import Conflict, NotFound, Unavailable
from stepweave.services.finish import FinishPorts
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock
from stepweave.services.stopping import carry_out, end_now

STOP_CHECK = timedelta(seconds=20)
"""After it reconcile looks whether an intent was carried out."""
_TRIES = 5
"""Each try but the last was overtaken by a change of the run's state, of which there are few."""


@dataclass(frozen=True)
class ControlPorts:
    finish: FinishPorts
    clock: Clock


def cancel_run(run_id: str, ports: ControlPorts, *, by: str, why: Fail | None = None) -> RunState:
    """The run, cancelled or about to be. The answer is the same however often it is asked; `Conflict` once the run has
    finished. `why`: the error that it is to show."""
    for state in _tries(run_id, ports):
        if state.status == "paused":
            at = text_of(ports.clock())
            final = end_now(replace(state, status="cancelled", completed_at=at, error=why), ports.finish, paused=True)
            if final.status == "cancelled":
                return final
        elif state.intent is not None and state.intent.kind == "cancel":
            return _carried_out(state, ports)
        elif intended := _intend(state, Intent("cancel", text_of(ports.clock()), by, why), ports):
            return _carried_out(intended, ports)
    raise Unavailable("The run store")


def pause_run(run_id: str, ports: ControlPorts, *, by: str) -> RunState:
    """The run, paused or about to be; a cancel that was asked for stands. `Conflict` once the run has finished."""
    for state in _tries(run_id, ports):
        if state.status == "paused":
            return state
        if state.intent is not None:
            return _carried_out(state, ports)
        if intended := _intend(state, Intent("pause", text_of(ports.clock()), by), ports):
            return _carried_out(intended, ports)
    raise Unavailable("The run store")


def _tries(run_id: str, ports: ControlPorts) -> Iterator[RunState]:
    """The run's state, read again for each try."""
    for _ in range(_TRIES):
        state = ports.finish.dispatch.runs.state(run_id)
        if state is None:
            raise NotFound("run", run_id)
        if state.status not in ACTIVE_RUN:
            message = f"Run '{run_id}' is {state.status}; only a run that is not over can be stopped."
            raise Conflict(message, code="run_finished")
        yield state


def _intend(state: RunState, intent: Intent, ports: ControlPorts) -> RunState | None:
    check_after = text_of(ports.clock() + STOP_CHECK)
    return ports.finish.dispatch.runs.intend(state.run_id, intent, check_after)


def _carried_out(state: RunState, ports: ControlPorts) -> RunState:
    """The intent is written, so it is accepted: an error now would make the client believe that it was not."""
    try:
        return carry_out(state, text_of(ports.clock()), ports.finish)
    except Exception as error:
        ports.finish.dispatch.tell.fault("run_stop_delayed", error, run_id=state.run_id)
        return state
