"""The graph: per scope (the top level and the inside of each loop) which steps wait for which.

Sets of steps are integers whose bit `i` stands for `order[i]`: a thousand steps compare in one operation.
Reduction serves ordering only; what is skipped is decided on the links as written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from stepweave.compiler.links import Link, default_gotos, links
from stepweave.domain.definition import Definition
from stepweave.domain.step import LoopStep, Step


@dataclass(frozen=True)
class Scope:
    """The steps of one scope.

    loops: the loops around it, outermost first. places: id -> JSON Pointer. order: a step follows all it waits for,
    ties by id. By position in `order`: `upstream`, all steps that a step comes after; `direct`, those it is linked
    with; `reduced`, the latter without those that others imply.
    """

    loops: tuple[str, ...]
    steps: Mapping[str, Step]
    places: Mapping[str, str]
    links: tuple[Link, ...]
    order: tuple[str, ...]
    index: Mapping[str, int]
    direct: tuple[int, ...]
    upstream: tuple[int, ...]
    reduced: tuple[int, ...]

    def names(self, members: int) -> list[str]:
        """-> `["a", "b"]` of a set, in order."""
        return [self.order[position] for position in positions(members)]

    def comes_after(self, later: str, earlier: str) -> bool:
        return bool(self.upstream[self.index[later]] >> self.index[earlier] & 1)


@dataclass(frozen=True)
class Graph:
    """Scopes by the id of their loop, the top level's by the empty string; a loop comes before the loops in it.

    home: the scope of each step.
    """

    scopes: Mapping[str, Scope]
    home: Mapping[str, Scope]

    @property
    def top(self) -> Scope:
        return self.scopes[""]

    def is_upstream(self, step_id: str, scope: Scope, other: str) -> bool:
        """Whether another step has settled before a step of that scope starts: by an order in the scope, or in one
        around it.
        """
        if other in scope.index:
            return scope.comes_after(step_id, other)
        outer = self.home.get(other)
        if outer is None or outer.loops != scope.loops[: len(outer.loops)]:
            return False
        return outer.comes_after(scope.loops[len(outer.loops)], other)

    def upstream(self, step_id: str, scope: Scope) -> Iterator[str]:
        """All steps that have settled before a step of that scope starts."""
        yield from scope.names(scope.upstream[scope.index[step_id]])
        for loop in scope.loops:
            outer = self.home[loop]
            yield from outer.names(outer.upstream[outer.index[loop]])


def graph(definition: Definition) -> Graph:
    """The graph of a definition. Links to steps outside their scope, and cycles, are for `validate` to report: the
    former are left out of the sets, and the steps of the latter stand last in `order`.
    """
    scopes: dict[str, Scope] = {}
    handler = definition.config.on_error.next if definition.config.on_error else None
    _add(scopes, definition.steps, "/steps", (), handler)
    home: dict[str, Scope] = {}
    for scope in scopes.values():
        for step_id in scope.steps:
            home.setdefault(step_id, scope)
    return Graph(scopes, home)


def positions(members: int) -> Iterator[int]:
    """The positions in a set, ascending."""
    while members:
        lowest = members & -members
        yield lowest.bit_length() - 1
        members ^= lowest


def _add(scopes: dict[str, Scope], steps: Sequence[Step], at: str, loops: tuple[str, ...], handler: str | None) -> None:
    scopes[loops[-1] if loops else ""] = _scope(steps, at, loops, handler)
    for index, step in enumerate(steps):
        if isinstance(step, LoopStep):
            _add(scopes, step.config.steps, f"{at}/{index}/config/steps", (*loops, step.id), None)


def _scope(steps: Sequence[Step], at: str, loops: tuple[str, ...], handler: str | None) -> Scope:
    by_id: dict[str, Step] = {}
    places: dict[str, str] = {}
    for position, step in enumerate(steps):
        if by_id.setdefault(step.id, step) is step:
            places[step.id] = f"{at}/{position}"
    written = list(links(steps, at))
    if handler in by_id and handler is not None:
        written += default_gotos(steps, written, handler)
    edges = [(link.before, link.after) for link in written if {link.before, link.after} <= by_id.keys()]
    order, acyclic = _order(by_id, edges)
    index = {name: position for position, name in enumerate(order)}
    direct = [0] * len(order)
    for before, after in edges:
        direct[index[after]] |= 1 << index[before]
    upstream = _closure(direct, acyclic)
    return Scope(
        loops=loops,
        steps=by_id,
        places=places,
        links=tuple(written),
        order=tuple(order),
        index=index,
        direct=tuple(direct),
        upstream=tuple(upstream),
        reduced=tuple(_reduce(direct, upstream)),
    )


def _order(ids: Iterable[str], edges: Sequence[tuple[str, str]]) -> tuple[list[str], bool]:
    """Kahn's algorithm, always taking the smallest id; what lies on a cycle or behind one comes last, by id."""
    waits = dict.fromkeys(ids, 0)
    after: dict[str, list[str]] = {name: [] for name in waits}
    for before, later in edges:
        waits[later] += 1
        after[before].append(later)
    ready = [name for name, count in waits.items() if count == 0]
    heapify(ready)
    order = []
    while ready:
        order.append(heappop(ready))
        for later in after[order[-1]]:
            waits[later] -= 1
            if waits[later] == 0:
                heappush(ready, later)
    rest = sorted(waits.keys() - set(order))
    return order + rest, not rest


def _closure(direct: Sequence[int], acyclic: bool) -> list[int]:
    """All that each step comes after; with cycles, repeated until nothing is added."""
    upstream = list(direct)
    while True:
        before = list(upstream)
        for position, members in enumerate(direct):
            for each in positions(members):
                upstream[position] |= upstream[each]
        if acyclic or upstream == before:
            return upstream


def _reduce(direct: Sequence[int], upstream: Sequence[int]) -> list[int]:
    """Transitive reduction: a dependency that another dependency has too orders nothing."""
    reduced = []
    for members in direct:
        implied = 0
        for each in positions(members):
            implied |= upstream[each]
        reduced.append(members & ~implied)
    return reduced
