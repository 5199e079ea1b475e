"""What a run has cost in transitions of Step Functions, estimated from its records. Pure.

A state that is entered is a transition, and so are the start and the end of an execution; a resumed run has several
executions, each of which enters again what was there before. Retries that Step Functions makes by itself (of
throttling, of functions that died, of a wait whose condition does not hold yet) are not in the records, and not in the
estimate.
"""

from collections.abc import Sequence

from stepweave.domain.plan import Plan, PlanStep
from stepweave.domain.run import ACTIVE_RUN, SETTLED_STEP, RunState, StepRun
from stepweave.domain.story import Event
from stepweave.services.moments import seconds_between
from stepweave.services.retries import SLEPT_SECONDS

_PAUSED_RETRY = 3
"""A Pass, a Wait, and the Task again."""


def transitions(state: RunState, steps: Sequence[StepRun], plan: Plan) -> int:
    """`steps`: all that the run has, also those that no longer count since it was resumed."""
    resumed = sorted(event.number for event in state.told if event.kind == "run_resumed")
    starts = [event.number for event in state.told if event.kind == "run_started"]
    total = 0
    for first, end in zip([0, *resumed], [*resumed, state.events + 1], strict=True):
        if not any(first <= number < end for number in starts):
            continue
        entered = [step for step in steps if any(event.number < end for event in step.story)]
        total += 1 + (end <= state.events or state.status not in ACTIVE_RUN)
        total += sum(_states(step, plan["steps"].get(step.step_id)) for step in entered)
        total += _PAUSED_RETRY * sum(_is_long_pause(event, first, end) for step in entered for event in step.story)
        total += _joints(entered, plan)
    return total


def _states(step: StepRun, planned: PlanStep | None) -> int:
    """The states that a step has been in. A version that the run went on to may lack it."""
    has_settled = step.status in SETTLED_STEP
    if planned is None:
        return 1
    match planned["type"]:
        case "wait":
            return 2 + has_settled
        case "loop":
            has_count = isinstance(planned["config"]["items"], str)
            return 2 + has_count + has_settled
        case "condition":
            return 1 + (has_settled and bool(planned["jumps"]))
        case _:
            return 1


def _is_long_pause(event: Event, first: int, end: int) -> bool:
    due = event.facts.get("due_at")
    if event.kind != "step_retrying" or due is None or not first <= event.number < end:
        return False
    return seconds_between(event.at, due) >= SLEPT_SECONDS


def _joints(entered: Sequence[StepRun], plan: Plan) -> int:
    """The forks and the awaits between these steps, in each iteration that has come to them."""
    positions: dict[str, set[str]] = {}
    for step in entered:
        positions.setdefault(step.step_id, set()).add(step.key.partition("@")[2])
    forks = sum(len(positions.get(first, ())) for first in plan.get("forks", ()))
    awaited = [[positions.get(step, set()) for step in each["waits_for"]] for each in plan["awaits"].values()]
    return forks + sum(len(set().union(*each)) for each in awaited)
