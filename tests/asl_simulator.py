"""Runs the order of an emitted state machine in abstract time: which step is entered when, and how often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Enter = Callable[[str, float], tuple[Any, float]]
"""Enters a step at a moment; gives what its function returns, and when."""


@dataclass
class Trace:
    """entered: the moments at which each step was entered. transitions: how many states were entered."""

    entered: dict[str, list[float]] = field(default_factory=dict)
    transitions: int = 0


def simulate(machine: Mapping[str, Any], enter: Enter) -> tuple[Trace, float]:
    """The trace of an execution, and when it ends. Waits take no time."""
    trace = Trace()
    _, end = _run(machine, {"run_id": "r", "execution": 1, "position": ""}, 0.0, enter, trace)
    return trace, end


def _run(machine: Mapping[str, Any], data: Any, at: float, enter: Enter, trace: Trace) -> tuple[Any, float]:
    name = machine["StartAt"]
    while True:
        state = machine["States"][name]
        trace.transitions += 1
        following = state.get("Next")
        match state["Type"]:
            case "Task":
                step = state["Parameters"]["step"]
                trace.entered.setdefault(step, []).append(at)
                result, at = enter(step, at)
                data = _with_result(state, data, result)
            case "Choice":
                taken = data["taken"]["branch"]
                rules = [rule["Next"] for rule in state["Choices"] if rule["StringEquals"] == taken]
                following = rules[0] if rules else state["Default"]
            case "Parallel":
                ends = [_run(branch, data, at, enter, trace)[1] for branch in state["Branches"]]
                at = max(ends)
            case "Wait":
                assert data["wait"]["until"]
            case "Succeed":
                return data, at
        if state.get("End"):
            return data, at
        name = following


def _with_result(state: Mapping[str, Any], data: Any, result: Any) -> Any:
    if state["ResultPath"] is None:
        return data
    selected = {"branch": result["branch"]} if "ResultSelector" in state else result
    return data | {state["ResultPath"].removeprefix("$."): selected}
