"""History: how many events an execution writes, and which loops must run outside of it.

An execution may write 25,000 events (Step Functions quotas). A thousand steps cannot fill that, iterations can. A loop
whose iterations would not fit, or of which more than 40 are to run at once, runs as a distributed Map: each iteration
is an execution with a history of its own. How many items an expression yields is known in a run only: such a loop is
given room for some, and runs as a distributed Map where it has more.
"""

from collections.abc import Iterator, Mapping

from stepweave.compiler.woven import Await, Branch, Loop, Parallel, Sequence, Step, Weave, all_in, inside
from stepweave.domain.plan import Plan, PlanStep, polls_condition, waits_for_signal
from stepweave.domain.polling import DEFAULT_INTERVAL, most_looks

MAX_EVENTS = 25_000
MOST_PLANNED = 20_000
"""What loops may fill; the rest is for retries."""
MAX_INLINE_CONCURRENCY = 40
DEFAULT_CONCURRENCY = 10
FEWEST_INLINE = 20
"""A loop over an expression that has room for fewer items than these is distributed, however few it has."""
MOST_TWICE = 200
"""Steps whose states may stand twice in a machine: where a loop is inline for few items and distributed for many."""

EXECUTION, TASK, AWAIT, PASSING, FORK, MAP_RUN, ITERATION = 2, 5, 6, 2, 4, 6, 2
"""Events: an execution's start and end; a function's call; one with a token; a Wait, Choice or Succeed; a Parallel or
an inline Map without what is in it; a distributed Map; one iteration of an inline Map.
"""


DISTRIBUTED = 2 * TASK + MAP_RUN
"""Events that a distributed loop leaves in the history around it."""

Room = Mapping[str, int]
"""By loop, the most items that run inline: 0 for a loop that is distributed whatever it has."""


def events(woven: Weave, plan: Plan) -> int:
    """The most events of a run without retries: one that takes the longest branches and fills the room of its loops."""
    return EXECUTION + _events(woven, plan["steps"], inline_room(woven, plan))


def inline_room(woven: Weave, plan: Plan) -> dict[str, int]:
    """How many items of each loop fit into the history of the execution that they would be part of."""
    return _Planner(woven, plan["steps"]).whole(woven)


def looking_too_often(woven: Weave, plan: Plan) -> list[str]:
    """Waits with conditions whose looks do not fit into the history of their execution: of each the heaviest."""
    room = inline_room(woven, plan)
    apart = [part.body for part in all_in(woven) if isinstance(part, Loop) and not room[part.id]]
    found = []
    for execution in [woven, *apart]:
        polling = [name for name in _inline_steps(execution, room) if polls_condition(plan["steps"][name])]
        if polling and EXECUTION + _events(execution, plan["steps"], room) > MOST_PLANNED:
            found.append(max(polling, key=lambda name: (_polling_events(plan["steps"][name]), name)))
    return found


def _inline_steps(woven: Weave, room: Room) -> Iterator[str]:
    """The steps whose events are in the history of an execution."""
    if isinstance(woven, Step):
        yield woven.id
    elif not isinstance(woven, Loop) or room[woven.id]:
        for part in inside(woven):
            yield from _inline_steps(part, room)


def items_of(step: PlanStep) -> int | None:
    """How many items a loop has; None where an expression yields them."""
    items = step["config"]["items"]
    return len(items) if isinstance(items, list) else None


def concurrency(step: PlanStep) -> int:
    """How many iterations of a loop run at once."""
    return int(step["config"].get("max_concurrency", DEFAULT_CONCURRENCY))


class _Planner:
    def __init__(self, woven: Weave, steps: Mapping[str, PlanStep]) -> None:
        self._steps = steps
        self._room = {part.id: items_of(steps[part.id]) or 1 for part in all_in(woven) if isinstance(part, Loop)}
        for loop in self._room:
            if items_of(steps[loop]) is None or concurrency(steps[loop]) > MAX_INLINE_CONCURRENCY:
                self._distribute(loop)

    def whole(self, woven: Weave) -> dict[str, int]:
        self._plan(woven)
        self._bound_what_stands_twice(woven)
        return self._room

    def _distribute(self, loop: str) -> None:
        """A loop around one that may be distributed is distributed."""
        for name in [*self._steps[loop]["loops"], loop]:
            self._room[name] = 0

    def _plan(self, woven: Weave) -> None:
        """One execution: the heaviest loops leave it until the rest fits, then those of unknown length share it."""
        loops = list(_loops(woven))
        open_loops = [loop for loop in loops if self._may_be_inline(loop)]
        self._fit(woven, loops, MOST_PLANNED // 2 if open_loops else MOST_PLANNED)
        left = MOST_PLANNED - EXECUTION - self._events(woven) - len(open_loops) * (PASSING + FORK)
        rooms = {loop.id: left // len(open_loops) // self._iteration(loop) for loop in open_loops}
        for loop in loops:
            if not self._room[loop.id]:
                self._plan(loop.body)
        self._room |= {loop: room for loop, room in rooms.items() if room >= FEWEST_INLINE}

    def _fit(self, woven: Weave, loops: list[Loop], most: int) -> None:
        weights = sorted((self._events(loop), loop.id) for loop in loops if self._room[loop.id])
        while self._events(woven) > most and weights:
            self._room[weights.pop()[1]] = 0

    def _may_be_inline(self, loop: Loop) -> bool:
        """Whether its length is unknown, and nothing in it may be distributed."""
        step = self._steps[loop.id]
        inner = [part.id for part in all_in(loop.body) if isinstance(part, Loop)]
        is_open = items_of(step) is None and concurrency(step) <= MAX_INLINE_CONCURRENCY
        return is_open and all(self._room[each] for each in inner)

    def _bound_what_stands_twice(self, woven: Weave) -> None:
        twice = [part for part in all_in(woven) if isinstance(part, Loop) and self._stands_twice(part)]
        total = 0
        for loop in sorted(twice, key=lambda loop: (_size(loop), loop.id)):
            total += _size(loop)
            if total > MOST_TWICE:
                self._room[loop.id] = 0

    def _stands_twice(self, loop: Loop) -> bool:
        return self._room[loop.id] > 0 and items_of(self._steps[loop.id]) is None

    def _events(self, woven: Weave) -> int:
        return _events(woven, self._steps, self._room)

    def _iteration(self, loop: Loop) -> int:
        return ITERATION + self._events(loop.body)


def _loops(woven: Weave) -> Iterator[Loop]:
    """The loops in a weave, without those inside them."""
    if isinstance(woven, Loop):
        yield woven
    else:
        for part in inside(woven):
            yield from _loops(part)


def _size(loop: Loop) -> int:
    return sum(isinstance(part, Step | Loop) for part in all_in(loop.body))


def _events(woven: Weave, steps: Mapping[str, PlanStep], room: Room) -> int:
    match woven:
        case Step(id):
            return _step_events(steps[id])
        case Await():
            return AWAIT
        case Sequence(parts):
            return sum(_events(part, steps, room) for part in parts)
        case Parallel(parts):
            return FORK + sum(_events(part, steps, room) for part in parts)
        case Branch(_, blocks):
            return PASSING + max(_events(block, steps, room) for _, block in blocks)
        case _:
            return _loop_events(woven, steps, room)


def _step_events(step: PlanStep) -> int:
    if step["type"] != "wait":
        return TASK
    if polls_condition(step):
        return _polling_events(step)
    return 2 * TASK + (AWAIT if waits_for_signal(step) else PASSING)


def _polling_events(step: PlanStep) -> int:
    """The most: each look is a Task and a Choice, a Wait lies between two, and a Succeed may come last."""
    config = step["config"]
    looks = most_looks(config.get("interval_seconds", DEFAULT_INTERVAL), config.get("timeout_seconds"))
    return looks * (TASK + 2 * PASSING)


def _loop_events(loop: Loop, steps: Mapping[str, PlanStep], room: Room) -> int:
    if not room[loop.id]:
        return DISTRIBUTED
    items = items_of(steps[loop.id])
    iteration = ITERATION + _events(loop.body, steps, room)
    if items is None:
        return 2 * TASK + PASSING + FORK + room[loop.id] * iteration
    return 2 * TASK + FORK + items * iteration
