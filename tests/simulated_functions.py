"""What the functions do in a simulation: each step run ends as the reference interpreter says that it does."""

from collections.abc import Mapping
from typing import Any

from asl_simulator import Call, Enter, Return
from reference_interpreter import Json, Outcomes, Settled, goes_elsewhere


def functions(source: Json, plan: Mapping[str, Any], ideal: Mapping[str, Settled], outcomes: Outcomes) -> Enter:
    """A step run that should not start is a KeyError."""
    steps = dict(_all_steps(source))
    goto = goes_elsewhere(source)
    entered: set[str] = set()

    def enter(call: Call, at: float) -> Return:
        step, settled = steps[call.step], ideal[call.key]
        handled = call.step in goto or step.get("on_error", "fail") != "fail"
        failed = settled.status == "failed" and not handled
        lasts = 0.0 if settled.status == "skipped" or call.key in entered else outcomes.lasts(call.key)
        is_first = call.key not in entered
        entered.add(call.key)
        if step["type"] == "loop" and is_first and settled.status != "skipped" and not outcomes.fails(call.key):
            return Return(at + lasts, {"positions": _positions(call, outcomes)})
        jumps = plan["steps"][call.step]["jumps"]
        jumped = jumps.get(settled.branch, jumps[""]) if jumps else []
        result = {"branch": settled.branch, "until": "later", "positions": []}
        if step["type"] == "wait" and is_first:
            return Return(at + lasts, result)
        if "condition" in step["config"]:
            del result["until"]
        return Return(at + lasts, result, (call.step, *jumped), failed)

    return enter


def _positions(call: Call, outcomes: Outcomes) -> list[str]:
    return [f"{call.position}.{index}".removeprefix(".") for index in range(outcomes.counts(call.key))]


def _all_steps(source: Json) -> Any:
    for step in source["steps"]:
        yield step["id"], step
        if step["type"] == "loop":
            yield from _all_steps(step["config"])
