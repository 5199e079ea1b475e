"""Whether a step runs, read from the records of the steps before it. Pure.

The rules are the section "Settling" of docs/concepts.md: edges as written decide, never the order they were woven into.
"""

from collections.abc import Iterable, Mapping

from stepweave.domain.plan import Plan, PlanStep
from stepweave.domain.run import SETTLED_STEP, StepRun, step_key
from stepweave.services.signals import StepBusy


def key_in(plan: Plan, step_id: str, position: str) -> str:
    """The key of a step seen from a loop position: steps of outer loops are seen at the outer part of it.

    -> inside `outer` at 2 and `inner` at 5 (position `2.5`), a step nested in `outer` alone has the key `<id>@2`.
    """
    depth = len(plan["steps"][step_id]["loops"])
    return step_key(step_id, ".".join(position.split(".")[:depth]) if depth else "")


def keys_to_read(plan: Plan, step: PlanStep, position: str) -> list[str]:
    """Keys of all records that entering this step needs, its own first."""
    ids = [step["id"], *edges_of(step), *step["reads"]]
    blocks = [block for each in ids for block in plan["steps"][each]["blocks"]]
    bounds = [loop for loop in step["loops"] if plan["steps"][loop]["step_timeout"] is not None]
    return list(dict.fromkeys(key_in(plan, each, position) for each in [*ids, *blocks, *bounds]))


def edges_of(step: PlanStep) -> list[str]:
    """The steps that it waits for: dependencies as written, conditions that name it, failures that it handles."""
    named_by = [naming["condition"] for naming in step["named_by"]]
    return list(dict.fromkeys([*step["depends_on"], *named_by, *step["handles"]]))


class Seen:
    """The records of a run as a step at one loop position sees them."""

    def __init__(self, plan: Plan, records: Mapping[str, StepRun], position: str) -> None:
        self._plan = plan
        self._records = records
        self._position = position

    def record(self, step_id: str) -> StepRun | None:
        return self._records.get(key_in(self._plan, step_id, self._position))

    def status(self, step_id: str) -> str:
        """A step that a condition jumped over has no record: the condition's own lists it."""
        if record := self.record(step_id):
            return record.status
        conditions = (self.record(block) for block in self._plan["steps"][step_id]["blocks"])
        jumped = any(step_id in condition.skipped for condition in conditions if condition)
        return "skipped" if jumped else "pending"

    def skips(self, step: PlanStep) -> bool:
        """Whether the edges of a step say that it is skipped. `StepBusy` if one is not settled: it came too early."""
        if not all(self.status(each) in SETTLED_STEP for each in edges_of(step)):
            raise StepBusy
        if step["named_by"] and not any(self._takes(n["condition"], n["branch"]) for n in step["named_by"]):
            return True
        if step["handles"] and not any(self.status(each) == "failed" for each in step["handles"]):
            return True
        edges = edges_of(step)
        return bool(edges) and all(self._is_skipped_for(step, each) for each in edges)

    def _takes(self, condition: str, branch: str) -> bool:
        record = self.record(condition)
        return record is not None and record.status == "completed" and record.branch == branch

    def _is_skipped_for(self, step: PlanStep, edge: str) -> bool:
        """A failure that goes elsewhere is a skip to all but the step that handles it."""
        status = self.status(edge)
        gone_elsewhere = self._plan["steps"][edge]["on_error"] == "goto" and edge not in step["handles"]
        return status == "skipped" or (status == "failed" and gone_elsewhere)


def jumped_over(step: PlanStep, branch: str | None) -> tuple[str, ...]:
    """Steps that a condition's Choice jumps over; every block, when no branch is taken."""
    jumps: Iterable[list[str]] = [step["jumps"][branch]] if branch in step["jumps"] else step["jumps"].values()
    return tuple(dict.fromkeys(each for steps in jumps for each in steps))
