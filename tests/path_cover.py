"""Awaits of the scheme that ours is compared with: each prime part covered by as few paths as can be, one strand each,
and an await in front of every step that has a predecessor on another path.
"""

from collections.abc import Mapping, Sequence

from stepweave.compiler.graph import Scope, positions
from stepweave.compiler.modules import Modules, members


def awaits_of_path_cover(scope: Scope) -> int:
    """How many awaits a scope has where its prime parts are covered by a minimum of paths."""
    modules = Modules(scope)

    def count(module: Sequence[int]) -> int:
        if len(module) == 1:
            return 0
        for parts in (modules.side_by_side(module), modules.one_by_one(module)):
            if len(parts) > 1:
                return sum(map(count, parts))
        parts = modules.largest(module)
        return sum(map(count, parts)) + _awaits(_predecessors(parts, scope))

    return count(list(range(len(scope.order))))


def _predecessors(parts: Sequence[Sequence[int]], scope: Scope) -> dict[int, set[int]]:
    """Of each part, the parts right before it."""
    home = {position: number for number, part in enumerate(parts) for position in part}
    inside = 0
    for part in parts:
        inside |= members(part)
    return {
        number: {home[position] for position in positions(scope.reduced[part[0]] & inside)}
        for number, part in enumerate(parts)
    }


def _awaits(before: Mapping[int, set[int]]) -> int:
    """A minimum of paths is a maximum matching of parts with the one that they follow (Dilworth, Fulkerson)."""
    follower: dict[int, int] = {}

    def joins(part: int, tried: set[int]) -> bool:
        for other in sorted(before[part] - tried):
            tried.add(other)
            if other not in follower or joins(follower[other], tried):
                follower[other] = part
                return True
        return False

    for part in sorted(before):
        joins(part, set())
    follows = {part: other for other, part in follower.items()}
    return sum(bool(others - {follows.get(part)}) for part, others in before.items())
