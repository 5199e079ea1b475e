"""Cycles, each named by a path: the smallest first, and enough of them that every step on one is in one."""

from collections import deque
from collections.abc import Mapping, Sequence

from stepweave.compiler.graph import Scope, positions

MAX_CYCLES = 20
MAX_LOOKED_AT = 1_000_000
"""Links followed in all; a definition that has more of them on cycles is told of those found by then."""


def cycles(scope: Scope) -> list[tuple[str, ...]]:
    """Cycles of a scope in the order of running, each from its smallest id. -> `[("step_a", "step_b")]`"""
    tangled = [position for position, upstream in enumerate(scope.upstream) if upstream >> position & 1]
    after = _after(scope, tangled)
    found: list[tuple[int, ...]] = []
    covered: set[int] = set()
    budget = MAX_LOOKED_AT
    for start in sorted(tangled, key=lambda position: scope.order[position]):
        if start not in covered and budget > 0:
            cycle, looked_at = _shortest(start, after)
            budget -= looked_at
            covered.update(cycle)
            found.append(cycle)
    named = {_from_smallest([scope.order[position] for position in cycle]) for cycle in found}
    return sorted(named, key=lambda cycle: (len(cycle), cycle))[:MAX_CYCLES]


def _after(scope: Scope, tangled: Sequence[int]) -> Mapping[int, list[int]]:
    """The steps on cycles that come right after each of them, by id."""
    after: dict[int, list[int]] = {position: [] for position in tangled}
    for position in sorted(tangled, key=lambda each: scope.order[each]):
        for before in positions(scope.direct[position]):
            if before in after:
                after[before].append(position)
    return after


def _shortest(start: int, after: Mapping[int, list[int]]) -> tuple[tuple[int, ...], int]:
    """The shortest way back to a step on a cycle, and how many links were followed."""
    came_from: dict[int, int] = {}
    queue = deque([start])
    looked_at = 0
    while start not in came_from:
        step = queue.popleft()
        for later in after[step]:
            looked_at += 1
            if later not in came_from:
                came_from[later] = step
                queue.append(later)
    path = [start]
    while came_from[path[-1]] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path)), looked_at


def _from_smallest(cycle: Sequence[str]) -> tuple[str, ...]:
    least = cycle.index(min(cycle))
    return (*cycle[least:], *cycle[:least])
