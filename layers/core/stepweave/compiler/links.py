"""Links: what the steps of one scope say about each other, as written.

`depends_on`, the branches of conditions and the handlers of errors each make a step settle before another starts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stepweave.domain.problem import pointer
from stepweave.domain.step import ConditionStep, Goto, Step

Kind = Literal["depends", "branch", "goto"]


@dataclass(frozen=True)
class Link:
    """`before` settles before `after` starts. `at`: where it is written; `branch`: the one of condition `before`."""

    before: str
    after: str
    kind: Kind
    at: str
    branch: str = ""


def links(steps: Sequence[Step], at: str) -> Iterator[Link]:
    """Links of one scope in the order of the text; they may name steps that do not exist."""
    for index, step in enumerate(steps):
        here = f"{at}/{index}"
        for position, name in enumerate(step.depends_on):
            yield Link(name, step.id, "depends", f"{here}/depends_on/{position}")
        if isinstance(step, ConditionStep):
            yield from _branches(step, f"{here}/config")
        if isinstance(step.on_error, Goto):
            yield Link(step.id, step.on_error.goto, "goto", f"{here}/on_error/goto")


def branches(step: ConditionStep) -> dict[str, tuple[str, ...]]:
    """The steps that each branch of a condition names. -> `{"then": ("a",), "else": ()}`, `{"cases/0": ("a",), ...}`"""
    if step.config.cases:
        cases = {f"cases/{index}": case.then for index, case in enumerate(step.config.cases)}
        return cases | {"else": step.config.else_}
    return {"then": step.config.then, "else": step.config.else_}


def _branches(step: ConditionStep, at: str) -> Iterator[Link]:
    for branch, names in branches(step).items():
        where = f"{at}/{branch}/then" if branch.startswith("cases/") else at + pointer(branch)
        for position, name in enumerate(names):
            yield Link(step.id, name, "branch", f"{where}/{position}", branch)


def default_gotos(steps: Sequence[Step], written: Sequence[Link], handler: str) -> list[Link]:
    """Links of `config.on_error.next`: from each step that says nothing of errors and does not come after the handler.

    A step after the handler cannot be handled by it: that would be a cycle.
    """
    later = reachable_from(handler, written)
    silent = [step.id for step in steps if "on_error" not in step.model_fields_set and step.id not in later]
    return [Link(name, handler, "goto", "/config/on_error/next") for name in silent]


def reachable_from(start: str, written: Sequence[Link]) -> frozenset[str]:
    """A step and all that come after it."""
    after: dict[str, list[str]] = {}
    for link in written:
        after.setdefault(link.before, []).append(link.after)
    return walk(start, after)


def walk(start: str, edges: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """All that can be reached over the edges, the start included."""
    seen, stack = {start}, [start]
    while stack:
        for name in edges.get(stack.pop(), ()):
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return frozenset(seen)
