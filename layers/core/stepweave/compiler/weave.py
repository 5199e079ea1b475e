"""The weave: forks and joins as Step Functions nests them, and awaits where nesting is not enough.

    a -> b -> d, a -> c -> d      =>   Sequence(a, Parallel(b, c), d)
    c -(then)-> x, c -(else)-> y  =>   Sequence(c, Branch(c, then=x, else=y))
    a -> c, a -> d, b -> d        =>   Parallel(Sequence(a, c), Sequence(b, Await(a), d))

The order of the steps is taken apart into modules. A module whose parts stand beside each other is a `Parallel`, one
whose parts follow each other a `Sequence`. So a series-parallel order is woven exactly. What is left is prime: its
modules, woven each for itself, run in strands (see `strands`). In all of it no step waits for what it need not.
"""

from collections.abc import Sequence as Seq

from stepweave.compiler.blocks import behind_choices
from stepweave.compiler.graph import Graph, Scope
from stepweave.compiler.modules import Modules
from stepweave.compiler.strands import strands
from stepweave.compiler.woven import Loop, Step, Weave, parallel, sequence
from stepweave.domain.step import LoopStep

MAX_NESTING = 60
"""Levels of Parallel and Map; below, steps run in strands of their own with awaits. JSON parsers stop at some depth
(Jackson's default is 1,000), and each level takes five.
"""


def weave(graph: Graph) -> Weave:
    """The weave of a whole definition."""
    return _woven(graph, graph.top, 0)


def _woven(graph: Graph, scope: Scope, nesting: int) -> Weave:
    return behind_choices(_Weaver(graph, scope).whole(nesting), scope)


class _Weaver:
    """Weaves one scope."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._scope = scope
        self._modules = Modules(scope)

    def whole(self, nesting: int) -> Weave:
        return self._weave(list(range(len(self._scope.order))), nesting)

    def _weave(self, module: Seq[int], nesting: int) -> Weave:
        """Weaves a module, given as ascending positions."""
        if len(module) == 1:
            return self._single(module[0], nesting)
        if nesting >= MAX_NESTING:
            return self._strands([[position] for position in module], nesting)
        components = self._modules.side_by_side(module)
        if len(components) > 1:
            return parallel([self._weave(component, nesting + 1) for component in components])
        sections = self._modules.one_by_one(module)
        if len(sections) > 1:
            return sequence([self._weave(section, nesting) for section in sections])
        return self._strands(self._modules.largest(module), nesting)

    def _strands(self, modules: Seq[Seq[int]], nesting: int) -> Weave:
        return strands(modules, self._scope, self._weave, nesting, MAX_NESTING)

    def _single(self, position: int, nesting: int) -> Weave:
        name = self._scope.order[position]
        if isinstance(self._scope.steps[name], LoopStep):
            return Loop(name, _woven(self._graph, self._graph.scopes[name], nesting + 1))
        return Step(name)
