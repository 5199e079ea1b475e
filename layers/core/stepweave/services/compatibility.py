"""Whether a run that was begun on one version can go on with another. Pure.

What it has finished is kept, so it must mean the same in both: a step that is gone, or whose type, configuration,
condition or dependencies differ, is a fault, unless it is to run again.
"""

from collections.abc import Iterable

from stepweave.domain.plan import Plan, PlanStep
from stepweave.domain.run import SETTLED_STEP, StepRun
from stepweave.errors import Fault

_MEANING = ("type", "config", "depends_on", "named_by", "handles", "when", "loops", "body")
"""Members of a planned step that decide what its outcome means; times and retries only decide how it comes about."""


def finished_steps(records: Iterable[StepRun], plan: Plan) -> set[str]:
    """Ids of the steps whose outcome is kept: settled, jumped over, or nested in a loop that has begun."""
    found: set[str] = set()
    for record in records:
        if record.status in SETTLED_STEP:
            found |= {record.step_id, *record.skipped}
        if record.items is not None:
            found |= {each for each, step in plan["steps"].items() if record.step_id in step["loops"]}
            found.add(record.step_id)
    return found


def incompatible_steps(finished: Iterable[str], old: Plan, new: Plan) -> list[Fault]:
    """A fault for each finished step that is missing or means something else, in the order of the ids."""
    faults = []
    for step_id in sorted(finished):
        before, after = old["steps"].get(step_id), new["steps"].get(step_id)
        if after is None:
            faults.append(Fault("/version", f"Step '{step_id}' has finished, and the version has no such step."))
        elif before is not None and (changed := _changed(before, after)):
            message = f"Step '{step_id}' has finished, and the version changes its {', '.join(changed)}."
            faults.append(Fault("/version", message))
    return faults


def _changed(before: PlanStep, after: PlanStep) -> list[str]:
    first, second = dict(before), dict(after)
    return [name for name in _MEANING if first[name] != second[name]]
