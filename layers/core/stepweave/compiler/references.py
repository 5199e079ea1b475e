"""References: what an expression reads, from its syntax tree.

    steps.fetch.output.items[price > limit]   =>   steps {fetch}, roots {steps}

A name is looked up in the scope only where the scope is what the expression is about: `price` and `limit` above are
members of an item. Where a step is not named outright (`$lookup(steps, input.x)`), the reference is dynamic.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stepweave.compiler.bounds import REFUSED
from stepweave.compiler.expressions import parsed
from stepweave.compiler.templates import Expression, parse_template

_PARTS = ("lhs", "rhs", "condition", "then", "_else", "expression", "body", "procedure")
_LISTS = ("arguments", "expressions")


@dataclass(frozen=True)
class References:
    """steps: ids named outright. roots: names looked up in the scope. dynamic: any step upstream may be read.
    refused: functions that an expression cannot use. secrets: names of secrets; "" for one not named outright.
    """

    steps: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    dynamic: bool = False
    refused: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()

    def __or__(self, other: "References") -> "References":
        # Most nodes read nothing, and a thousand steps have tens of thousands of nodes.
        if other is NOTHING:
            return self
        if self is NOTHING:
            return other
        return References(
            self.steps | other.steps,
            self.roots | other.roots,
            self.dynamic or other.dynamic,
            self.refused | other.refused,
            self.secrets | other.secrets,
        )


NOTHING = References()


def references(value: Any) -> References:
    """What the templates in a JSON value read. They must be free of syntax problems."""
    return _union(references_of(source) for source in sources(value))


def references_of(expression: str) -> References:
    """What one expression without braces reads."""
    return _references(expression.strip())


def sources(value: Any) -> Iterator[str]:
    """The expressions in a JSON value, without their braces."""
    if isinstance(value, str) and "{{" in value:
        yield from (part.source for part in parse_template(value).parts if isinstance(part, Expression))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from sources(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from sources(each)


def _union(each: Iterable[References]) -> References:
    whole = NOTHING
    for one in each:
        whole |= one
    return whole


@lru_cache(maxsize=4_096)
def _references(source: str) -> References:
    return _of(parsed(source).ast, at_root=True)


def _of(node: Any, *, at_root: bool) -> References:
    """What a node reads; `at_root`: names in it are looked up in the scope."""
    if node is None:
        return NOTHING
    match node.type:
        case "path":
            return _of_path(node, at_root)
        case "parent" | "descendant" | "wildcard":
            return References(dynamic=True) if at_root or node.type == "parent" else NOTHING
        case "variable":
            whole = node.value == "$" or (node.value == "" and at_root)
            refused = frozenset({node.value}) if node.value in REFUSED else frozenset[str]()
            return References(dynamic=whole, refused=refused) if whole or refused else NOTHING
        case "transform":
            return _union(_of(each, at_root=False) for each in (node.pattern, node.update, node.delete))
    return _union(_of(each, at_root=at_root) for each in _children(node)) | _of_filters(node)


def _children(node: Any) -> Iterator[Any]:
    # Of its many members a node has two or three; a thousand steps have tens of thousands of nodes.
    for name in _PARTS:
        if (part := getattr(node, name)) is not None:
            yield part
    for name in _LISTS:
        yield from getattr(node, name) or ()
    for name, value in node.lhs_object or ():
        yield name
        yield value


def _of_path(node: Any, at_root: bool) -> References:
    """The first step of a path is looked up where the path stands, the others in what the ones before yield."""
    first, *rest = node.steps
    names = node.steps
    if first.type == "variable" and (first.value == "$" or (first.value == "" and at_root)):
        names, found = rest, _of_filters(first)
        at_scope = not _shapes(first)
    else:
        at_scope = at_root and first.type == "name"
        found = _of_filters(first) if first.type == "name" else _of(first, at_root=at_root)
    if at_scope:
        found |= _of_names(names)
    elif names is rest:
        found |= References(dynamic=True)
    return found | _union(_of(each, at_root=False) | _of_filters(each) for each in rest) | _of_group(node)


def _of_names(names: list[Any]) -> References:
    """Names from the scope on. -> `steps`, `fetch`, ... reads the step `fetch`"""
    if not names or names[0].type != "name":
        return References(dynamic=True)
    root = names[0].value
    if root not in ("steps", "secrets"):
        return References(roots=frozenset({root}))
    named = len(names) > 1 and names[1].type == "name" and not _shapes(names[0])
    if root == "secrets":
        return References(roots=frozenset({root}), secrets=frozenset({names[1].value if named else ""}))
    if not named:
        return References(roots=frozenset({root}), dynamic=True)
    return References(steps=frozenset({names[1].value}), roots=frozenset({root}))


def _shapes(step: Any) -> bool:
    """Whether a step of a path filters, groups or binds, so that what follows is about something else."""
    return bool(step.stages or step.predicate or step.group or step.focus or step.index)


def _of_filters(step: Any) -> References:
    if not (step.stages or step.predicate or step.terms or step.group):
        return NOTHING
    filters = [each.expr for each in [*(step.stages or ()), *(step.predicate or ())] if each.type == "filter"]
    terms = [term.expression for term in step.terms or ()]
    return _union(_of(each, at_root=False) for each in [*filters, *terms]) | _of_group(step)


def _of_group(step: Any) -> References:
    pairs = step.group.lhs_object if step.group is not None else ()
    return _union(_of(each, at_root=False) for pair in pairs for each in pair)
