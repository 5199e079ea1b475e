"""Goes through a definition in abstract time: each step is entered at the moment at which a run would enter it.

Events lie on an agenda in the order of their moments. What a step waits for decides when it is entered, as in a run:
`docs/semantics.md`. A loop's items begin in order, at most so many at once as it says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from stepweave.compiler.history import concurrency
from stepweave.domain.plan import Plan
from stepweave.domain.run import SETTLED_STEP, StepRun
from stepweave.services.moments import moment_of
from stepweave.services.ports import Execution
from stepweave.services.records import Answer
from stepweave.services.rehearsal_stores import MovedClock
from stepweave.services.settling import edges_of, key_in
from stepweave.services.signals import LoopOver, StepBusy, StepFailed, StepRetryLater

EnterStep = Callable[[str, str, bool], Answer]
"""Enters a step by id and position; True to collect a loop."""


@dataclass
class _Scope:
    """The steps of the definition, or of one item of a loop; `left`: what each step that is not settled waits for."""

    position: str
    around: "_Loop | None"
    left: dict[str, set[str]]
    is_over: bool = False

    def has_ended(self) -> bool:
        return self.is_over or (self.around is not None and self.around.has_ended())


@dataclass
class _Loop:
    step_id: str
    scope: _Scope
    positions: Iterator[str]
    running: int = 0
    is_over: bool = False

    def has_ended(self) -> bool:
        return self.is_over or self.scope.has_ended()


@dataclass
class Walk:
    """`records`: of the step runs, by key. `ended`: when and how, once `whole` has come back."""

    plan: Plan
    clock: MovedClock
    records: dict[str, StepRun]
    enter: EnterStep
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _ended: Execution | None = None

    def whole(self) -> Execution:
        """How the execution of a run would end; the clock stands at that moment."""
        limit = self.plan["run_timeout"]
        ends_at = None if limit is None else self.clock.now + timedelta(seconds=limit)
        self._begin([name for name, step in self.plan["steps"].items() if not step["loops"]], "", None)
        while self._ended is None:
            at, _, act = heappop(self._agenda)
            if ends_at is not None and at >= ends_at:
                self.clock.now = ends_at
                return Execution("TIMED_OUT")
            self.clock.now = at
            act()
        return self._ended

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        heappush(self._agenda, (moment, next(self._numbers), act))

    def _begin(self, ids: list[str], position: str, around: _Loop | None) -> None:
        left = {name: set(edges_of(self.plan["steps"][name])) for name in ids}
        scope = _Scope(position, around, left)
        for name in ids:
            if not left[name]:
                self._enter_now(scope, name)

    def _enter_now(self, scope: _Scope, name: str, *, collects: bool = False) -> None:
        self._at(self.clock.now, lambda: self._enter(scope, name, collects=collects))

    def _enter(self, scope: _Scope, name: str, *, collects: bool = False) -> None:
        if scope.has_ended() or name not in scope.left:
            return
        key = key_in(self.plan, name, scope.position)
        try:
            answer = self.enter(name, scope.position, collects)
        except StepFailed:
            self._at(self.clock.now, lambda: self._fail(scope))
        except LoopOver:
            self._at(self.clock.now, lambda: self._stop(scope.around))
        except (StepRetryLater, StepBusy):
            due = moment_of(self.records[key].due_at or "")
            self._at(max(due, self.clock.now), lambda: self._enter(scope, name))
        else:
            self._answered(scope, name, self.records[key], answer)

    def _answered(self, scope: _Scope, name: str, record: StepRun, answer: Answer) -> None:
        if record.status in SETTLED_STEP:
            self._at(self.clock.now, lambda: self._settle(scope, [name, *record.skipped]))
        elif "positions" in answer:
            loop = _Loop(name, scope, iter(answer["positions"]))
            for _ in range(concurrency(self.plan["steps"][name])):
                self._next_item(loop)
            self._collect_at_end(loop)
        else:
            self._at(moment_of(answer["until"]), lambda: self._enter(scope, name))

    def _settle(self, scope: _Scope, names: list[str]) -> None:
        if scope.has_ended():
            return
        for name in names:
            scope.left.pop(name, None)
        for name, waits_for in scope.left.items():
            if waits_for.intersection(names):
                waits_for.difference_update(names)
                if not waits_for:
                    self._enter_now(scope, name)
        if not scope.left:
            self._end(scope, failed=False)

    def _fail(self, scope: _Scope) -> None:
        if not scope.has_ended():
            self._end(scope, failed=True)

    def _end(self, scope: _Scope, *, failed: bool) -> None:
        scope.is_over = True
        loop = scope.around
        if loop is None:
            self._ended = Execution("FAILED" if failed else "SUCCEEDED")
            return
        loop.running -= 1
        if failed and self.plan["steps"][loop.step_id]["config"].get("on_item_error", "fail") == "fail":
            self._stop(loop)
            return
        self._next_item(loop)
        self._collect_at_end(loop)

    def _next_item(self, loop: _Loop) -> None:
        position = next(loop.positions, None)
        if position is not None:
            loop.running += 1
            self._begin(self.plan["steps"][loop.step_id]["body"], position, loop)

    def _collect_at_end(self, loop: _Loop) -> None:
        if not loop.running and not loop.is_over:
            self._stop(loop)

    def _stop(self, loop: _Loop | None) -> None:
        """No step of any item goes on; the loop collects."""
        if loop is not None and not loop.has_ended():
            loop.is_over = True
            self._enter_now(loop.scope, loop.step_id, collects=True)
