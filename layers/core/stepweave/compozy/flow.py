"""Flow: steps and the transitions between them, settled as `depends_on`, `on_error`, branches and `when` of ours.

Compozy walks from task to task: after each one comes the one that its outcome names. So a step here runs when one of
the transitions into it was taken. Where all of them are of one kind, ours says the same by its links alone; where they
are mixed, the step depends on all that may lead to it, and its `when` says which outcomes do.

    a --success--> c, b --error--> c
        =>   c: depends_on [a, b], when "steps.a.status = 'completed' or steps.b.status = 'failed'"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stepweave.compozy.jsonata import literal, read

Kind = Literal["success", "error", "timeout", "branch"]
Step = dict[str, Any]


@dataclass(frozen=True)
class Transition:
    """`before` leads to `after` by an outcome; `branch`: which one of a condition (`then`, `cases/0`)."""

    before: str
    after: str
    kind: Kind
    branch: str = ""


@dataclass
class Flow:
    """The steps of one scope. caught: those whose failure does not end the run, since what follows looks at it."""

    steps: dict[str, Step] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    caught: set[str] = field(default_factory=set)

    def lead(self, before: str, afters: Iterable[str], kind: Kind, branch: str = "") -> None:
        self.transitions += [Transition(before, after, kind, branch) for after in afters]

    def settled(self) -> list[Step]:
        """The steps with their links."""
        links = _Links(self)
        return [links.linked(step) for step in self.steps.values()]


class _Links:
    def __init__(self, flow: Flow) -> None:
        self._into: dict[str, list[Transition]] = {name: [] for name in flow.steps}
        self._out_of: dict[str, list[Transition]] = {name: [] for name in flow.steps}
        for each in flow.transitions:
            self._into[each.after].append(each)
            self._out_of[each.before].append(each)
        self._caught = set(flow.caught)
        self._guarded: set[str] = set()
        while self._settle():
            pass

    def _settle(self) -> bool:
        """One round; whether anything has changed. Both sets only grow."""
        known = len(self._caught), len(self._guarded)
        for name in self._out_of:
            if not self._is_plain_handler(name):
                self._caught.add(name)
        for name in self._into:
            if self._is_mixed(name):
                self._guarded.add(name)
        return known != (len(self._caught), len(self._guarded))

    def _failing(self, name: str) -> list[Transition]:
        return [each for each in self._out_of[name] if each.kind in ("error", "timeout")]

    def _is_plain_handler(self, name: str) -> bool:
        """Whether all that comes of its failure is one `goto`, or nothing."""
        targets = {each.after for each in self._failing(name)}
        return not targets or (len(targets) == 1 and not targets & self._guarded and not self._always(name, targets))

    def _always(self, name: str, targets: set[str]) -> bool:
        """Whether the same comes after its success."""
        return any(each.kind == "success" and each.after in targets for each in self._out_of[name])

    def _is_mixed(self, name: str) -> bool:
        into = self._into[name]
        kinds = {self._seen_as(each) for each in into}
        if kinds == {"success"}:
            # After a failure that is caught, what follows a success must not run.
            return any(each.before in self._caught and not self._runs_either_way(each) for each in into)
        if kinds == {"error"}:
            return any(each.before in self._caught for each in into)
        return len(kinds) > 1

    def _runs_either_way(self, transition: Transition) -> bool:
        """Whether a step is followed by the other whatever its outcome."""
        kinds = {each.kind for each in self._out_of[transition.before] if each.after == transition.after}
        targets = {each.after for each in self._failing(transition.before)}
        return {"success", "error"} <= kinds and targets == {transition.after}

    def _seen_as(self, transition: Transition) -> str:
        if transition.kind in ("error", "timeout"):
            return "success" if self._runs_either_way(transition) else "error"
        return transition.kind

    def linked(self, step: Step) -> Step:
        name = step["id"]
        before = list(dict.fromkeys(each.before for each in self._into[name]))
        linked = {member: value for member, value in step.items() if member != "config"}
        if name in self._guarded:
            linked["depends_on"] = before
            linked["when"] = " or ".join(dict.fromkeys(self._clause(each) for each in self._into[name]))
        elif any(self._seen_as(each) == "success" for each in self._into[name]):
            linked["depends_on"] = before
        if name in self._caught:
            linked["on_error"] = "continue"
        elif failing := self._failing(name):
            linked["on_error"] = {"goto": failing[0].after}
        return {**linked, "config": self._branched(step)}

    def _clause(self, transition: Transition) -> str:
        record = read("steps", (transition.before,))
        failing = {each.kind for each in self._failing(transition.before)}
        match transition.kind:
            case "success":
                return f'{record}.status = "completed"'
            case "branch":
                return f"{record}.output.branch = {literal(transition.branch)}"
            case "timeout":
                return f'{record}.error.code = "timeout"'
        if "timeout" in failing:
            return f'({record}.status = "failed" and {record}.error.code != "timeout")'
        return f'{record}.status = "failed"'

    def _branched(self, step: Step) -> Mapping[str, Any]:
        """The config of a condition with the steps that its branches name."""
        named: dict[str, list[str]] = {}
        for each in self._out_of[step["id"]]:
            if each.kind == "branch" and each.after not in self._guarded:
                named.setdefault(each.branch, []).append(each.after)
        config = dict(step["config"])
        if "cases" in config:
            cases = enumerate(config["cases"])
            config["cases"] = [{**case, "then": named.get(f"cases/{index}", [])} for index, case in cases]
        for branch in ("then", "else"):
            if branch in named:
                config[branch] = named[branch]
        return config
