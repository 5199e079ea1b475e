"""Blocks: steps that a Choice can jump over, so that a branch not taken costs one transition.

    c -(then)-> x -> y, c -(else)-> z   =>   Sequence(c, Branch(c, then=Sequence(x, y), else=z))

A part of the weave that follows a condition is a block of a branch when each of its steps is skipped whenever that
branch is not taken, and none of them awaits a step outside: what is jumped over settles at once, and must not settle
before something that it comes after. Elsewhere a step finds out itself that it is skipped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from stepweave.compiler.graph import Scope
from stepweave.compiler.links import branches
from stepweave.compiler.woven import Branch, Parallel, Sequence, Step, Weave, awaits_in, ids_in, parallel, sequence
from stepweave.domain.step import ConditionStep

MAX_CHOICES = 20
"""Choices inside each other; further in, steps find out themselves. A plan lists a step once per choice around it."""


@dataclass(frozen=True)
class Naming:
    """How a step is skipped: by which conditions in which branches it is named, what it handles, what it waits for."""

    named_by: frozenset[tuple[str, str]]
    handles: frozenset[str]
    edges: frozenset[str]


def behind_choices(woven: Weave, scope: Scope) -> Weave:
    """The weave of a scope with every block behind its condition's choice."""
    return _Choices(scope).of(woven, 0)


def namings(scope: Scope) -> dict[str, Naming]:
    """Every step of a scope with the links that decide whether it is skipped."""
    named: dict[str, set[tuple[str, str]]] = {name: set() for name in scope.order}
    handles: dict[str, set[str]] = {name: set() for name in scope.order}
    edges: dict[str, set[str]] = {name: set() for name in scope.order}
    for link in scope.links:
        edges[link.after].add(link.before)
        if link.kind == "branch":
            named[link.after].add((link.before, link.branch))
        elif link.kind == "goto":
            handles[link.after].add(link.before)
    return {
        name: Naming(frozenset(named[name]), frozenset(handles[name]), frozenset(edges[name])) for name in scope.order
    }


def _skipped_without(
    branch: str, condition: str, scope: Scope, how: Mapping[str, Naming], after: Mapping[str, list[str]]
) -> frozenset[str]:
    """Steps that are skipped whenever the condition does not take that branch: also when it is skipped or fails."""
    skipped: set[str] = set()
    queue: list[int] = []
    seen: set[int] = set()

    def look_at(names: Iterable[str]) -> None:
        for name in names:
            if scope.index[name] not in seen:
                seen.add(scope.index[name])
                heappush(queue, scope.index[name])

    look_at(after.get(condition, ()))
    while queue:
        name = scope.order[heappop(queue)]
        naming = how[name]
        named = naming.named_by and all(
            (by == condition and where == branch) or by in skipped for by, where in naming.named_by
        )
        if named or (naming.handles and naming.handles <= skipped) or naming.edges <= skipped:
            skipped.add(name)
            look_at(after.get(name, ()))
    return frozenset(skipped)


class _Choices:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._how = namings(scope)
        self._after: dict[str, list[str]] = {}
        for name, naming in self._how.items():
            for edge in naming.edges:
                self._after.setdefault(edge, []).append(name)

    def of(self, woven: Weave, depth: int) -> Weave:
        """The weave with its choices; `depth`: how many are around it."""
        match woven:
            case Parallel(parts):
                return Parallel(tuple(self.of(part, depth) for part in parts))
            case Branch(condition, blocks):
                return Branch(condition, tuple((branch, self.of(block, depth + 1)) for branch, block in blocks))
            case Sequence(parts):
                return self._sequence(list(parts), depth)
            case _:
                return woven

    def _sequence(self, parts: list[Weave], depth: int) -> Weave:
        woven: list[Weave] = []
        while parts:
            part, parts = parts[0], parts[1:]
            woven.append(self.of(part, depth))
            if isinstance(part, Step) and parts and depth < MAX_CHOICES:
                parts = self._behind(part.id, self._skipped(part.id), parts)
        return sequence(woven)

    def _skipped(self, name: str) -> dict[str, frozenset[str]]:
        """Of a condition, branch -> the steps that depend on its being taken."""
        step = self._scope.steps[name]
        if not isinstance(step, ConditionStep):
            return {}
        sets = {
            branch: _skipped_without(branch, name, self._scope, self._how, self._after)
            for branch, names in branches(step).items()
            if names
        }
        return {branch: steps for branch, steps in sorted(sets.items()) if steps}

    def _behind(self, condition: str, skipped: Mapping[str, frozenset[str]], parts: list[Weave]) -> list[Weave]:
        """What follows a condition, with the blocks of its branches behind a choice."""
        branch = _branch_of(parts[0], skipped)
        if branch is not None and _is_closed(parts[:1]):
            end = 1
            while end < len(parts) and skipped[branch].issuperset(ids_in(parts[end])) and _is_closed([parts[end]]):
                end += 1
            return [Branch(condition, ((branch, sequence(parts[:end])),)), *parts[end:]]
        if skipped and isinstance(parts[0], Parallel):
            return [self._beside(condition, skipped, parts[0]), *parts[1:]]
        return parts

    def _beside(self, condition: str, skipped: Mapping[str, frozenset[str]], fork: Parallel) -> Weave:
        """A fork after a condition: its blocks become one choice; what runs anyway stands beside it."""
        held: dict[str, list[Weave]] = {}
        for part in fork.parts:
            branch = _branch_of(part, skipped)
            if branch is not None:
                held.setdefault(branch, []).append(part)
        closed = {branch: _closed(parts) for branch, parts in sorted(held.items())}
        blocks = tuple((branch, parallel(parts)) for branch, parts in closed.items() if parts)
        inside = {id(part) for parts in closed.values() for part in parts}
        beside = [self._strand(condition, skipped, part) for part in fork.parts if id(part) not in inside]
        return parallel([Branch(condition, blocks), *beside] if blocks else beside)

    def _strand(self, condition: str, skipped: Mapping[str, frozenset[str]], part: Weave) -> Weave:
        if isinstance(part, Sequence):
            return sequence(self._behind(condition, skipped, list(part.parts)))
        return part


def _branch_of(part: Weave, skipped: Mapping[str, frozenset[str]]) -> str | None:
    """The branch whose block a part may be; None when some step of it may run without any."""
    if not skipped:
        return None
    inside = frozenset(ids_in(part))
    return next((branch for branch, steps in skipped.items() if inside <= steps), None)


def _closed(parts: list[Weave]) -> list[Weave]:
    """The parts that await nothing but each other."""
    while not _is_closed(parts):
        inside = {name for part in parts for name in ids_in(part)}
        parts = [part for part in parts if _awaited(part) <= inside]
    return parts


def _is_closed(parts: list[Weave]) -> bool:
    """Whether parts await nothing outside them."""
    awaited = frozenset[str]().union(*map(_awaited, parts))
    return not awaited or awaited <= {name for part in parts for name in ids_in(part)}


def _awaited(part: Weave) -> frozenset[str]:
    return frozenset(name for each in awaits_in(part) for name in each.waits_for)
