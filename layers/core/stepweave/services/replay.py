"""Which records of a run count, after it was resumed. Pure.

A record counts for good once its step has settled; what failed the run, was cut off or cancelled is done again. Where
a resume asked to run again `from_step`, that step and all that depends on it count only as they ran since. A loop
keeps its items, unless it is to run again itself: a step in it that runs again does so for every item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from stepweave.domain.plan import Plan
from stepweave.domain.run import SETTLED_STEP, Rerun, RunState, StepRun
from stepweave.services.settling import edges_of

Standing = Literal["kept", "again", "reopened"]
"""`reopened`: a loop whose list is to be made again, of the same items."""


_STAYS = frozenset({"completed", "skipped", "waiting"})
"""What waits keeps the moment that it waits for."""


@dataclass(frozen=True)
class Coverage:
    """`again`: steps that run again; `reopened`: the loops around them."""

    again: frozenset[str]
    reopened: frozenset[str]


def coverage(plan: Plan, from_step: str) -> Coverage:
    """A step, all that depends on it by the edges as written, and all that is nested in these."""
    if from_step not in plan["steps"]:
        return Coverage(frozenset(), frozenset())
    following: dict[str, list[str]] = {step_id: [] for step_id in plan["steps"]}
    for step_id, step in plan["steps"].items():
        for before in [*edges_of(step), *step["loops"]]:
            following[before].append(step_id)
    again: set[str] = set()
    reopened: set[str] = set()
    wanted = [from_step]
    while wanted:
        step_id = wanted.pop()
        if step_id in again:
            continue
        again.add(step_id)
        wanted += following[step_id]
        for loop in set(plan["steps"][step_id]["loops"]) - reopened:
            reopened.add(loop)
            wanted += [each for each in following[loop] if loop not in plan["steps"][each]["loops"]]
    return Coverage(frozenset(again), frozenset(reopened - again))


class Replay:
    """The records of a run as one execution of it takes them."""

    def __init__(self, plan: Plan, reruns: Sequence[Rerun] = (), execution: int = 1) -> None:
        self._plan = plan
        self._reruns = reruns
        self._execution = execution

    @cached_property
    def _covered(self) -> Sequence[tuple[int, Coverage]]:
        return [(rerun.execution, coverage(self._plan, rerun.from_step)) for rerun in self._reruns]

    def generation(self, step_id: str) -> int:
        """How often the step was asked to run again."""
        return sum(step_id in covered.again for _, covered in self._covered)

    def runs_again(self, step_id: str) -> bool:
        """Whether this very execution was asked to run the step again."""
        return any(at == self._execution and step_id in covered.again for at, covered in self._covered)

    def of(self, record: StepRun) -> Standing:
        step = self._plan["steps"].get(record.step_id)
        if record.execution >= self._execution:
            return "kept"
        if step is None or any(record.execution < at and record.step_id in each.again for at, each in self._covered):
            return "again"
        if record.status in ("completed", "skipped", "waiting") or (
            record.status == "failed" and self._handled(record)
        ):
            return "reopened" if self._is_reopened(record) else "kept"
        return "again" if record.items is None else "reopened"

    def kept(self, records: Iterable[StepRun]) -> list[StepRun]:
        return [record for record in records if self.of(record) == "kept"]

    def _handled(self, record: StepRun) -> bool:
        """A failure that something takes up: the step's `on_error`, or that of the items of the loop around it."""
        step = self._plan["steps"][record.step_id]
        around = self._plan["steps"][step["loops"][-1]]["config"] if step["loops"] else {}
        return step["on_error"] != "fail" or around.get("on_item_error") == "continue"

    def _is_reopened(self, record: StepRun) -> bool:
        reopened = any(record.execution < at and record.step_id in each.reopened for at, each in self._covered)
        return reopened and record.items is not None and record.status in SETTLED_STEP


def replay_of(state: RunState, plan: Plan) -> Replay:
    return Replay(plan, state.reruns, state.execution)
