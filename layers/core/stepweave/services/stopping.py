"""Stopping: an intent is carried out.

Who wants a run stopped has put the intent on it first, and from then on no step is admitted. What is left can be
repeated by anyone: the execution is stopped, and its end makes the run what it is to be (`services.finish`). A run
that no step was ever admitted to has nothing under way, and is ended at once, whatever a dispatcher does meanwhile.
"""

from dataclasses import replace

from stepweave.domain.run import RunState, execution_name
from stepweave.services.dispatch import dispatch_all
from stepweave.services.finish import FinishPorts, end_run, stopped
from stepweave.services.slots import leave_queues


def carry_out(state: RunState, at: str, ports: FinishPorts) -> RunState:
    """The run as it is then; `state` is what the store held with the intent on it."""
    if state.intent is None:
        return state
    name = execution_name(state.run_id, state.execution)
    known = ports.dispatch.machines.stop(state.machine_arn, name, f"{state.intent.kind} by {state.intent.by}")
    if known and state.status != "queued":
        return state
    return end_now(stopped(state, at), ports)


def end_now(final: RunState, ports: FinishPorts, *, paused: bool = False) -> RunState:
    """Ends a run that has nothing under way: its slot and its place in the queue go first, so that a cut between
    leaves a run that is looked after again, and never a slot that nobody would free. A dispatcher that takes a slot for
    it later reads the intent afterwards, and gives the slot back."""
    waiting = leave_queues(final, ports.dispatch)
    ended = end_run(final, ports, steps=0, paused=paused)
    dispatch_all(waiting, ports.dispatch)
    return replace(final, intent=None) if ended else ports.dispatch.runs.state(final.run_id) or final
