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
    """What happens in a run, by the key of a step run (`fetch`, and in loops `fetch@0.3`).

    `takes`: the branch of a condition; `fails`, `wants`: whether it fails, its `when`; `counts`: a loop's items.
    """

    takes: Callable[[str], str]
    fails: Callable[[str], bool]
    wants: Callable[[str], bool]
    lasts: Callable[[str], float]
    counts: Callable[[str], int]


@dataclass(frozen=True)
class Edges:
    depends_on: frozenset[str]
    named_by: frozenset[tuple[str, str]]
    handles: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.depends_on | {condition for condition, _ in self.named_by} | self.handles


def interpret(definition: Json, outcomes: Outcomes) -> dict[str, Settled]:
    """Every step run that starts in a run. Where a failure ends it, those under way still settle, as they would."""
    return _Scope(definition, "", outcomes).run(0.0)


class _Scope:
    """The steps of a definition, or of one iteration of a loop, which begin together."""

    def __init__(self, definition: Json, position: str, outcomes: Outcomes) -> None:
        self.steps = {step["id"]: step for step in definition["steps"]}
        self.position = position
        self.outcomes = outcomes
        self.edges = edges_of(definition)
        self.goto = goes_elsewhere(definition)
        self.settled: dict[str, Settled] = {}
        self.inside: dict[str, Settled] = {}
        self.begin = 0.0

    def key(self, name: str) -> str:
        return f"{name}@{self.position}" if self.position else name

    def run(self, begin: float) -> dict[str, Settled]:
        self.begin = begin
        while len(self.settled) < len(self.steps):
            ready = [
                name for name in self.steps if name not in self.settled and self.edges[name].all <= self.settled.keys()
            ]
            assert ready, "the definition has a cycle"
            for name in ready:
                self.settled[name] = self.settle(name)
        whole = {self.key(name): each for name, each in self.settled.items()} | self.inside
        return {key: each for key, each in whole.items() if each.start < self.failure()}

    def failure(self) -> float:
        """When the first failure happens that nothing handles; nothing starts from then on."""
        return min((each.end for name, each in self.settled.items() if self.ends_all(name)), default=float("inf"))

    def ends_all(self, name: str) -> bool:
        handled = name in self.goto or self.steps[name].get("on_error") == "continue"
        return self.settled[name].status == "failed" and not handled

    def end(self) -> float:
        return min(self.failure(), max(each.end for each in self.settled.values()))

    def settle(self, name: str) -> Settled:
        step, key = self.steps[name], self.key(name)
        start = max((self.settled[each].end for each in self.edges[name].all), default=self.begin)
        if _is_skipped(name, self.edges[name], self.settled, self.goto) or not self.outcomes.wants(key):
            return Settled("skipped", start, start)
        end = start + self.outcomes.lasts(key)
        if self.outcomes.fails(key):
            return Settled("failed", start, end)
        if step["type"] == "loop":
            end, failed = self.iterate(step, end)
            return Settled("failed" if failed else "completed", start, end)
        return Settled("completed", start, end, self.outcomes.takes(key) if step["type"] == "condition" else "")

    def iterate(self, loop: Json, begin: float) -> tuple[float, bool]:
        """When the last iteration has ended, or the first that fails; they begin in order, as soon as one may."""
        config = loop["config"]
        free = [begin] * config.get("max_concurrency", 10)
        iterations: list[_Scope] = []
        runs: dict[str, Settled] = {}
        for index in range(self.outcomes.counts(self.key(loop["id"]))):
            free.sort()
            iteration = _Scope(config, ".".join(filter(None, [self.position, str(index)])), self.outcomes)
            runs |= iteration.run(free[0])
            free[0] = iteration.end()
            iterations.append(iteration)
        failure = min((each.failure() for each in iterations), default=float("inf"))
        if config.get("on_item_error", "fail") == "continue" or failure == float("inf"):
            self.inside |= runs
            return max([begin, *free]), False
        self.inside |= {key: each for key, each in runs.items() if each.start < failure}
        return failure, True


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
