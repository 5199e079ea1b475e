"""The weave: forks and joins as Step Functions nests them.

    a -> b -> d, a -> c -> d      =>   Sequence(a, Parallel(b, c), d)
    c -(then)-> x, c -(else)-> y  =>   Sequence(c, Branch(c, then=x, else=y))

The order of the steps is taken apart into modules: sets that everything outside comes before, after or beside as one. A
module whose parts stand beside each other is a `Parallel`, one whose parts follow each other a `Sequence`. So a
series-parallel order is woven exactly. What is left is prime (it holds an "N": a->c, a->d, b->d): see `_prime`.

Modules by partition refinement: Habib and Paul, "A survey of the algorithmic aspects of modular decomposition",
Computer Science Review 4, 2010.
"""

from collections.abc import Sequence as Seq

from stepweave.compiler.blocks import behind_choices
from stepweave.compiler.graph import Graph, Scope, positions
from stepweave.compiler.woven import Loop, Step, Weave, parallel, sequence
from stepweave.domain.definition import LoopStep

MAX_NESTING = 60
"""Levels of Parallel; below, parts are put in layers. JSON parsers stop at some depth (Jackson's default is 1,000)."""


def weave(graph: Graph) -> Weave:
    """The weave of a whole definition."""
    return _woven(graph, graph.top)


def _woven(graph: Graph, scope: Scope) -> Weave:
    return behind_choices(_Weaver(graph, scope).whole(), scope)


class _Weaver:
    """Weaves one scope. `_before` and `_after`: by position, all steps that a step comes after, and before."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._scope = scope
        self._before = scope.upstream
        self._reduced = scope.reduced
        after = [0] * len(scope.order)
        for position in reversed(range(len(scope.order))):
            for each in positions(scope.reduced[position]):
                after[each] |= 1 << position | after[position]
        self._after = after
        self._near = list(scope.reduced)
        for position, members in enumerate(scope.reduced):
            for each in positions(members):
                self._near[each] |= 1 << position

    def whole(self) -> Weave:
        return self._weave(list(range(len(self._scope.order))), 0)

    def _weave(self, module: Seq[int], nesting: int) -> Weave:
        """Weaves a module, given as ascending positions."""
        if len(module) == 1:
            return self._single(module[0])
        if nesting >= MAX_NESTING:
            return self._layers([[position] for position in module], nesting)
        components = self._side_by_side(module)
        if len(components) > 1:
            return parallel([self._weave(component, nesting + 1) for component in components])
        sections = self._one_by_one(module)
        if len(sections) > 1:
            return sequence([self._weave(section, nesting) for section in sections])
        return self._prime(self._maximal_modules(module), nesting)

    def _single(self, position: int) -> Weave:
        name = self._scope.order[position]
        if isinstance(self._scope.steps[name], LoopStep):
            return Loop(name, _woven(self._graph, self._graph.scopes[name]))
        return Step(name)

    def _prime(self, modules: Seq[Seq[int]], nesting: int) -> Weave:
        """Weaves modules that are neither in sequence nor side by side: in layers, each waiting for the last."""
        return self._layers(modules, nesting)

    def _layers(self, modules: Seq[Seq[int]], nesting: int) -> Weave:
        layers: list[list[Seq[int]]] = []
        level: dict[int, int] = {}
        for module in sorted(modules, key=lambda each: each[0]):
            earlier = [level[p] for p in positions(self._reduced[module[0]]) if p in level]
            depth = max(earlier, default=-1) + 1
            level |= dict.fromkeys(module, depth)
            if depth == len(layers):
                layers.append([])
            layers[depth].append(module)
        return sequence([self._layer(layer, nesting) for layer in layers])

    def _layer(self, modules: Seq[Seq[int]], nesting: int) -> Weave:
        inner = nesting + 1 if len(modules) > 1 else nesting
        return parallel([self._weave(module, inner) for module in modules])

    # Taking a module apart

    def _side_by_side(self, module: Seq[int]) -> list[list[int]]:
        """Its parts between which there is no order, by their first step: components of the reduced graph."""
        left = _members(module)
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

    def _one_by_one(self, module: Seq[int]) -> list[Seq[int]]:
        """Its parts of which each comes after the whole of the last: cut where the rest comes after all before."""
        inside = _members(module)
        cuts = []
        shared, prefix = inside, inside
        for place in range(len(module) - 1, 0, -1):
            shared &= self._before[module[place]]
            prefix &= ~(1 << module[place])
            if prefix & ~shared == 0:
                cuts.append(place)
        ends = [*reversed(cuts), len(module)]
        return [module[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _maximal_modules(self, module: Seq[int]) -> list[list[int]]:
        """The largest proper modules of a prime one; they are disjoint and cover it."""
        first = module[0]
        others = self._modules_without(first, module)
        apart = next(other[0] for other in others if self._spans(first, other[0], module))
        mine = next(each for each in self._modules_without(apart, module) if first in each)
        inside = set(mine)
        return sorted([mine, *(each for each in others if each[0] not in inside)])

    def _modules_without(self, out: int, module: Seq[int]) -> list[list[int]]:
        """The largest modules without one given step: parts are split until nothing outside tells them apart."""
        inside = _members(module)
        done: list[list[int]] = []
        open_parts = [[position for position in module if position != out]]
        while open_parts:
            part = open_parts.pop()
            splitters = self._splitters(part) & inside & ~_members(part)
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
        inside, grown = _members(module), 0
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


def _members(module: Seq[int]) -> int:
    members = 0
    for position in module:
        members |= 1 << position
    return members
