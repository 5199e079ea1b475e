"""History: how many events an execution writes, and which loops must run outside of it.

An execution may write 25,000 events (Step Functions quotas). A thousand steps cannot fill that, iterations can. A loop
whose iterations would not fit, or of which more than 40 are to run at once, runs as a distributed Map: each iteration
is an execution with a history of its own.
"""

from collections.abc import Iterator, Mapping

from stepweave.compiler.woven import Await, Branch, Loop, Parallel, Sequence, Step, Weave, inside
from stepweave.domain.plan import Plan, PlanStep

MAX_EVENTS = 25_000
MOST_PLANNED = 20_000
"""What loops may fill; the rest is for retries."""
MAX_INLINE_CONCURRENCY = 40
DEFAULT_CONCURRENCY = 10
ASSUMED_ITEMS = 500
"""Items of a loop whose number is only known in a run."""

EXECUTION, TASK, AWAIT, PASSING, FORK, MAP_RUN, ITERATION = 2, 5, 6, 2, 4, 6, 2
"""Events: an execution's start and end; a function's call; one with a token; a Wait, Choice or Succeed; a Parallel or
an inline Map without what is in it; a distributed Map; one iteration of an inline Map.
"""


DISTRIBUTED = 2 * TASK + MAP_RUN
"""Events that a distributed loop leaves in the history around it."""


def events(woven: Weave, plan: Plan) -> int:
    """The events of a run without retries that takes the longest branches, and the assumed number of items."""
    return EXECUTION + _events(woven, plan["steps"], distributed_loops(woven, plan))


def distributed_loops(woven: Weave, plan: Plan) -> frozenset[str]:
    """The loops that run as distributed Maps; one around such a loop is one too."""
    steps = plan["steps"]
    forced: set[str] = set()
    for step in steps.values():
        if step["type"] == "loop" and concurrency(step) > MAX_INLINE_CONCURRENCY:
            forced.update([*step["loops"], step["id"]])
    return frozenset(_distributed(woven, steps, forced))


def concurrency(step: PlanStep) -> int:
    """How many iterations of a loop run at once."""
    return int(step["config"].get("max_concurrency", DEFAULT_CONCURRENCY))


def _distributed(woven: Weave, steps: Mapping[str, PlanStep], found: set[str]) -> set[str]:
    """Adds the heaviest loops of one execution until the rest fits, then looks into each by itself."""
    loops = list(_loops(woven))
    total = _events(woven, steps, found)
    weights = sorted((_events(loop, steps, found), loop.id) for loop in loops if loop.id not in found)
    while total > MOST_PLANNED and weights:
        weight, name = weights.pop()
        total -= weight - DISTRIBUTED
        found.add(name)
    for loop in loops:
        if loop.id in found:
            _distributed(loop.body, steps, found)
    return found


def _loops(woven: Weave) -> Iterator[Loop]:
    """The loops in a weave, without those inside them."""
    if isinstance(woven, Loop):
        yield woven
    else:
        for part in inside(woven):
            yield from _loops(part)


def _events(woven: Weave, steps: Mapping[str, PlanStep], distributed: set[str] | frozenset[str]) -> int:
    match woven:
        case Step(id):
            return 2 * TASK + PASSING if steps[id]["type"] == "wait" else TASK
        case Await():
            return AWAIT
        case Sequence(parts):
            return sum(_events(part, steps, distributed) for part in parts)
        case Parallel(parts):
            return FORK + sum(_events(part, steps, distributed) for part in parts)
        case Branch(_, blocks):
            return PASSING + max(_events(block, steps, distributed) for _, block in blocks)
        case _:
            if woven.id in distributed:
                return DISTRIBUTED
            iteration = ITERATION + _events(woven.body, steps, distributed)
            return 2 * TASK + FORK + _items(steps[woven.id]) * iteration


def _items(step: PlanStep) -> int:
    items = step["config"]["items"]
    return len(items) if isinstance(items, list) else ASSUMED_ITEMS
