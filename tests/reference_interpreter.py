"""What settling means, in the plainest terms: the compiler and the functions are held against this.

Works on the JSON of a definition and shares no code with the package. Time is abstract: a step starts at the moment the
last step that it waits for has settled, and a skipped step settles at once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Settled:
    status: str
    start: float
    end: float
    branch: str = ""


@dataclass(frozen=True)
class Outcomes:
    """What happens in a run. `takes`: the branch of a condition; `fails`, `wants`: whether a step fails, its `when`."""

    takes: Callable[[str], str]
    fails: Callable[[str], bool]
    wants: Callable[[str], bool]
    lasts: Callable[[str], float]


@dataclass(frozen=True)
class Edges:
    depends_on: frozenset[str]
    named_by: frozenset[tuple[str, str]]
    handles: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.depends_on | {condition for condition, _ in self.named_by} | self.handles


def interpret(definition: Json, outcomes: Outcomes) -> dict[str, Settled]:
    """How every step at the top level settles, in a run where no failure ends the run."""
    steps = {step["id"]: step for step in definition["steps"]}
    edges = edges_of(definition)
    settled: dict[str, Settled] = {}
    while len(settled) < len(steps):
        ready = [name for name in steps if name not in settled and edges[name].all <= settled.keys()]
        assert ready, "the definition has a cycle"
        for name in ready:
            settled[name] = _settle(steps[name], edges[name], settled, goes_elsewhere(definition), outcomes)
    return settled


def edges_of(definition: Json) -> dict[str, Edges]:
    """What each step waits for: `depends_on`, the conditions that name it, and the steps whose failure it handles."""
    goto = goes_elsewhere(definition)
    return {
        step["id"]: Edges(
            depends_on=frozenset(step.get("depends_on", ())),
            named_by=frozenset(
                (other["id"], branch)
                for other in definition["steps"]
                for branch, names in branches_of(other)
                if step["id"] in names
            ),
            handles=frozenset(name for name, handler in goto.items() if handler == step["id"]),
        )
        for step in definition["steps"]
    }


def branches_of(step: Json) -> Iterator[tuple[str, list[str]]]:
    if step["type"] == "condition":
        config = step["config"]
        yield from ((f"cases/{index}", case["then"]) for index, case in enumerate(config.get("cases", ())))
        yield "then", config.get("then", [])
        yield "else", config.get("else", [])


def goes_elsewhere(definition: Json) -> dict[str, str]:
    """Steps whose failure another step handles. A default handler takes all that say nothing and do not follow it."""
    goto = {
        step["id"]: step["on_error"]["goto"] for step in definition["steps"] if isinstance(step.get("on_error"), dict)
    }
    default = definition.get("config", {}).get("on_error", {}).get("next")
    if default is None:
        return goto
    after = {default}
    for _ in definition["steps"]:
        for step in definition["steps"]:
            named = {name for _, names in branches_of(step) for name in names}
            if step["id"] in after:
                after |= named | ({goto[step["id"]]} if step["id"] in goto else set())
            if after & set(step.get("depends_on", ())):
                after.add(step["id"])
    silent = [step["id"] for step in definition["steps"] if "on_error" not in step and step["id"] not in after]
    return goto | dict.fromkeys(silent, default)


def _settle(
    step: Json, edges: Edges, settled: Mapping[str, Settled], goto: Mapping[str, str], outcomes: Outcomes
) -> Settled:
    name = step["id"]
    start = max((settled[each].end for each in edges.all), default=0.0)
    if _is_skipped(name, edges, settled, goto) or not outcomes.wants(name):
        return Settled("skipped", start, start)
    end = start + outcomes.lasts(name)
    if outcomes.fails(name):
        return Settled("failed", start, end)
    return Settled("completed", start, end, outcomes.takes(name) if step["type"] == "condition" else "")


def _is_skipped(name: str, edges: Edges, settled: Mapping[str, Settled], goto: Mapping[str, str]) -> bool:
    """Named by conditions of which none takes the branch; a handler of failures of which none happened; or all that it
    waits for was skipped, where a failure that another step handles counts as a skip.
    """
    if edges.named_by and not any(settled[by].branch == branch for by, branch in edges.named_by):
        return True
    if edges.handles and not any(settled[each].status == "failed" for each in edges.handles):
        return True

    def is_gone(edge: str) -> bool:
        failed_elsewhere = settled[edge].status == "failed" and edge in goto and edge not in edges.handles
        return settled[edge].status == "skipped" or failed_elsewhere

    return bool(edges.all) and all(map(is_gone, edges.all))
