"""Modules: sets of steps that everything outside comes before, after or beside as one.

Taking a set of steps apart gives parts that stand beside each other, or parts that follow each other, or (where it
holds an "N": a->c, a->d, b->d, and is prime) its largest modules.

By partition refinement: Habib and Paul, "A survey of the algorithmic aspects of modular decomposition", Computer
Science Review 4, 2010. Steps are positions in the order of their scope; a set is a bit set or an ascending list.
"""

from collections.abc import Sequence as Seq

from stepweave.compiler.graph import Scope, positions


class Modules:
    """The order of a scope. `_before` and `_after`: by position, all steps that one comes after, and before."""

    def __init__(self, scope: Scope) -> None:
        self._before = scope.upstream
        after = [0] * len(scope.order)
        for position in reversed(range(len(scope.order))):
            for each in positions(scope.reduced[position]):
                after[each] |= 1 << position | after[position]
        self._after = after
        self._near = list(scope.reduced)
        for position, linked in enumerate(scope.reduced):
            for each in positions(linked):
                self._near[each] |= 1 << position

    def side_by_side(self, module: Seq[int]) -> list[list[int]]:
        """Its parts between which there is no order, by their first step: components of the reduced graph."""
        left = members(module)
        parts = []
        while left:
            part, edge = 0, left & -left
            while edge:
                part |= edge
                reached = 0
                for position in positions(edge):
                    reached |= self._near[position]
                edge = reached & left & ~part
            parts.append(list(positions(part)))
            left &= ~part
        return parts

    def one_by_one(self, module: Seq[int]) -> list[Seq[int]]:
        """Its parts of which each comes after the whole of the last: cut where the rest comes after all before."""
        inside = members(module)
        cuts = []
        shared, prefix = inside, inside
        for place in range(len(module) - 1, 0, -1):
            shared &= self._before[module[place]]
            prefix &= ~(1 << module[place])
            if prefix & ~shared == 0:
                cuts.append(place)
        ends = [*reversed(cuts), len(module)]
        return [module[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def largest(self, module: Seq[int]) -> list[list[int]]:
        """The largest proper modules of a prime one; they are disjoint and cover it."""
        first = module[0]
        others = self._modules_without(first, module)
        apart = next(other[0] for other in others if self._spans(first, other[0], module))
        mine = next(each for each in self._modules_without(apart, module) if first in each)
        inside = set(mine)
        return sorted([mine, *(each for each in others if each[0] not in inside)])

    def _modules_without(self, out: int, module: Seq[int]) -> list[list[int]]:
        """The largest modules without one given step: parts are split until nothing outside tells them apart."""
        inside = members(module)
        done: list[list[int]] = []
        open_parts = [[position for position in module if position != out]]
        while open_parts:
            part = open_parts.pop()
            splitters = self._splitters(part) & inside & ~members(part)
            if splitters:
                groups: dict[tuple[int, int], list[int]] = {}
                for position in part:
                    sides = self._before[position] & splitters, self._after[position] & splitters
                    groups.setdefault(sides, []).append(position)
                open_parts.extend(groups.values())
            else:
                done.append(part)
        return sorted(done)

    def _splitters(self, part: Seq[int]) -> int:
        """Steps to which the steps of a part do not stand all alike."""
        some_before = some_after = 0
        all_before = all_after = -1
        for position in part:
            some_before |= self._before[position]
            all_before &= self._before[position]
            some_after |= self._after[position]
            all_after &= self._after[position]
        return (some_before & ~all_before) | (some_after & ~all_after)

    def _spans(self, one: int, other: int, module: Seq[int]) -> bool:
        """Whether the smallest module around two steps is the whole."""
        inside, grown = members(module), 0
        added = 1 << one | 1 << other
        some_before = some_after = 0
        all_before = all_after = -1
        while added:
            grown |= added
            for position in positions(added):
                some_before |= self._before[position]
                all_before &= self._before[position]
                some_after |= self._after[position]
                all_after &= self._after[position]
            added = ((some_before & ~all_before) | (some_after & ~all_after)) & inside & ~grown
        return grown == inside


def members(module: Seq[int]) -> int:
    """-> `members([0, 2]) == 0b101`"""
    found = 0
    for position in module:
        found |= 1 << position
    return found
