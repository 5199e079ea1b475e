"""Strands: how a prime part runs, which no nesting of forks and joins can hold.

    a -> c, a -> d, b -> d   =>   Parallel(Sequence(a, c), Sequence(b, Await(a), d))

The modules of the part become trees. A module with one predecessor follows it: several that follow the same one fork
there, and what they begin ends with the strand, so that nothing waits for it. A module with several predecessors gets
an `Await` for those that are not before it on its own strand; it follows the last predecessor that nothing else
follows, so that most strands go on instead of new ones waiting from the start. So there is one await for each module
with two predecessors or more in the part, and none elsewhere.

A part never waits for what it need not: what comes before it on its strand comes before it in the order too, and an
await waits for its predecessors alone. Nor can strands wait for each other in a ring: of the steps that have not
settled take one that is first in the order; all that it waits for, on its strand and by its await, comes before it in
that order and so has settled.
"""

from collections.abc import Callable
from collections.abc import Sequence as Seq

from stepweave.compiler.graph import Scope, positions
from stepweave.compiler.modules import members
from stepweave.compiler.woven import Await, Weave, parallel, sequence

WeaveModule = Callable[[Seq[int], int], Weave]
"""Weaves a module at a level of nesting."""


def strands(modules: Seq[Seq[int]], scope: Scope, weave_module: WeaveModule, nesting: int, max_nesting: int) -> Weave:
    """A prime part, given as its modules by their first step, as strands side by side; `nesting` is around it."""
    return _Cover(modules, scope, weave_module, max_nesting).woven(nesting + 1)


class _Cover:
    def __init__(self, modules: Seq[Seq[int]], scope: Scope, weave_module: WeaveModule, max_nesting: int) -> None:
        self._modules = modules
        self._scope = scope
        self._weave_module = weave_module
        self._max_nesting = max_nesting
        self._members = [members(module) for module in modules]
        self._inside = 0
        for each in self._members:
            self._inside |= each
        self._parents = self._trees()
        self._children: dict[int, list[int]] = {}
        for child, parent in self._parents.items():
            self._children.setdefault(parent, []).append(child)
        self._roots = [number for number in range(len(modules)) if number not in self._parents]

    def woven(self, nesting: int) -> Weave:
        parts = []
        # A strand that would fork too deep leaves what it cannot hold to a strand of its own, at the end of the list.
        for root in self._roots:
            parts.append(self._strand(root, nesting))
        return parallel(parts)

    def _needed(self, number: int) -> int:
        """The last steps of the modules right before one. Its first step is linked with all of them, since what is
        before one step of a module is before all; and with no others, since the links are reduced.
        """
        return self._scope.reduced[self._modules[number][0]] & self._inside

    def _trees(self) -> dict[int, int]:
        """Module -> the one that it follows."""
        home = {position: number for number, module in enumerate(self._modules) for position in module}
        before = [
            sorted({home[position] for position in positions(self._needed(number))})
            for number in range(len(self._modules))
        ]
        parents = {number: each[0] for number, each in enumerate(before) if len(each) == 1}
        followed = set(parents.values())
        for number, each in enumerate(before):
            free = [parent for parent in each if parent not in followed]
            if len(each) > 1 and free:
                parents[number] = free[-1]
                followed.add(free[-1])
        return parents

    def _strand(self, root: int, nesting: int) -> Weave:
        """A tree from its root on, up to its first fork and with what that forks into."""
        parts: list[Weave] = []
        number: int | None = root
        while number is not None:
            parts += self._await(number)
            parts.append(self._weave_module(self._modules[number], nesting))
            children = sorted(self._children.get(number, ()))
            if len(children) > 1 and nesting < self._max_nesting:
                parts.append(parallel([self._strand(child, nesting + 1) for child in children]))
                break
            for child in children[1:]:
                del self._parents[child]
                self._roots.append(child)
            number = children[0] if children else None
        return sequence(parts)

    def _await(self, number: int) -> list[Weave]:
        parent = self._parents.get(number)
        waits_for = self._needed(number) & ~(self._members[parent] if parent is not None else 0)
        first = self._scope.order[self._modules[number][0]]
        return [Await(first, tuple(sorted(self._scope.names(waits_for))))] if waits_for else []
