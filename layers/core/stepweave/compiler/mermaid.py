"""A graph as Mermaid text: the edges as written, for a page or a pull request. https://mermaid.js.org/syntax/flowchart.html"""

from collections.abc import Iterator

from stepweave.compiler.graph import Graph, Scope
from stepweave.compiler.links import Link
from stepweave.domain.step import ConditionStep, LoopStep, Step, WaitStep


def mermaid(graph: Graph) -> str:
    """The same text whatever the order of the steps. Nodes are numbered, since an id may be a word of the language.

    a -> b (depends), c -> d (branch `then`) =>

        flowchart TD
          s0["a<br/>script"]
          s1["b<br/>script"]
          s0 --> s1
          ...
    """
    names: dict[str, str] = {}
    return "\n".join(["flowchart TD", *_scope(graph, graph.top, names, "  ")]) + "\n"


def _scope(graph: Graph, scope: Scope, names: dict[str, str], indent: str) -> Iterator[str]:
    for step_id in scope.order:
        names[step_id] = f"s{len(names)}"
        yield indent + names[step_id] + _shape(scope.steps[step_id])
        if isinstance(scope.steps[step_id], LoopStep):
            yield f'{indent}subgraph {names[step_id]}_each["for each item of {step_id}"]'
            yield from _scope(graph, graph.scopes[step_id], names, indent + "  ")
            yield f"{indent}end"
            yield f"{indent}{names[step_id]} -.-> {names[step_id]}_each"
    for edge in _edges(scope):
        yield indent + _arrow(edge, names)


def _shape(step: Step) -> str:
    label = f'"{step.id}<br/>{step.type}"'
    match step:
        case ConditionStep():
            return f"{{{label}}}"
        case WaitStep():
            return f"({label})"
        case _:
            return f"[{label}]"


def _edges(scope: Scope) -> list[Link]:
    """Sorted by place in the order; a dependency that a branch or a handler says too is shown once, as that."""
    said = {(link.before, link.after) for link in scope.links if link.kind != "depends"}
    shown = {
        (scope.index[link.before], scope.index[link.after], link.kind, link.branch): link
        for link in scope.links
        if link.kind != "depends" or (link.before, link.after) not in said
    }
    return [shown[place] for place in sorted(shown)]


def _arrow(link: Link, names: dict[str, str]) -> str:
    before, after = names[link.before], names[link.after]
    match link.kind:
        case "depends":
            return f"{before} --> {after}"
        case "branch":
            return f"{before} -- {link.branch} --> {after}"
        case _:
            return f"{before} -. on error .-> {after}"
