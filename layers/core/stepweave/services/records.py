"""The first and the last word on a step: admission by its run, settlement, and what its state is answered."""

from dataclasses import replace
from typing import Any

from stepweave.domain.run import StepRun
from stepweave.services.latches import open_latches
from stepweave.services.moments import seconds_between
from stepweave.services.settling import jumped_over
from stepweave.services.signals import RunStopped, StepBusy, StepFailed
from stepweave.services.visits import Visit

Answer = dict[str, Any]
"""What the next state needs: a condition's `branch`, a wait's `until`, a loop's `positions`, else nothing."""


def admit(visit: Visit, *, draw: bool) -> int:
    """The last event number of the run, a new one if asked. `RunStopped` unless this execution is to go on."""
    state = visit.ports.runs.admit(visit.run.id, visit.entry.execution, visit.now(), draw=draw)
    if state is None:
        raise RunStopped
    return state.events


def settle(visit: Visit, outcome: StepRun, number: int | None, *, was: StepRun | None) -> Answer:
    """Writes the last word on a step. Who finds that another took over leaves the word to that one."""
    drawn = number if number is not None else visit.ports.runs.draw_event(visit.run.id)
    now = visit.now()
    jumps = jumped_over(visit.step, outcome.branch) if visit.step["jumps"] else ()
    settled = replace(outcome, completed_at=now, settled_event=drawn, skipped=jumps)
    if not visit.ports.runs.put_step(settled, was=was):
        raise StepBusy
    _tell(visit, settled, now)
    return answer(visit, settled)


def answer(visit: Visit, settled: StepRun) -> Answer:
    """What a step that has settled answers, now and whenever it is entered again; its latches are opened before.

    A failure that ends the execution, or the iteration, opens none: whoever waits for it ends with it.
    """
    if settled.status == "failed" and visit.step["on_error"] == "fail":
        raise StepFailed
    open_latches(visit, settled)
    match visit.step["type"]:
        case "condition":
            return {"branch": settled.branch or ""}
        case "wait":
            # It goes straight through: its state waits for a moment that has passed.
            return {"until": settled.completed_at}
        case "loop":
            return {"positions": []}
        case _:
            return {}


def _tell(visit: Visit, settled: StepRun, now: str) -> None:
    visit.ports.tell(
        "step_settled",
        run_id=settled.run_id,
        workflow_id=visit.entry.workflow_id,
        step=settled.key,
        type=visit.step["type"],
        status=settled.status,
        attempt=settled.attempt,
        code=settled.error.code if settled.error else None,
        seconds=seconds_between(settled.started_at, now) if settled.started_at else 0,
    )
