"""ASL: a weave as the JSON text of a Step Functions state machine.

States carry ids only: the execution's input is `{"run_id", "execution", "position"}`, and what a step says and yields
lies in the run store. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.woven import Branch, Parallel, Sequence, Weave, all_in, ids_in
from stepweave.domain.plan import Plan, PlanRetry, PlanStep

State = dict[str, Any]
States = dict[str, State]
TASK_SECONDS = 960
"""Above the longest a Lambda function runs, so that a function reports its own end first."""
LONG_PAUSE = 20.0
"""Pauses before a retry that are longer are not slept in a function: it raises `StepRetryLater`."""
ASKED_TO_WAIT = frozenset({"http_request", "webhook", "agent_task"})
"""Types whose other side may ask for any pause (`Retry-After`)."""
FINAL = ["StepFailed", "RunStopped", "StepRetryLater"]
CROWDED = ["StepBusy", "Lambda.TooManyRequestsException"]


@dataclass(frozen=True)
class Targets:
    """ARNs of the functions behind Task states; without `run_agent_arn` agents run in the same as all others."""

    run_step_arn: str
    run_agent_arn: str = ""


def emit(woven: Weave, plan: Plan, targets: Targets) -> str:
    """The state machine, the same text for the same weave, plan and targets."""
    machine = _Emitter(woven, plan, targets).machine(woven, is_strand=False)
    if plan["run_timeout"] is not None:
        machine["TimeoutSeconds"] = max(1, math.ceil(plan["run_timeout"]))
    return json.dumps(machine, ensure_ascii=False, separators=(",", ":"))


class _Emitter:
    def __init__(self, woven: Weave, plan: Plan, targets: Targets) -> None:
        self._plan = plan
        self._targets = targets
        self._with_choice = {part.condition for part in all_in(woven) if isinstance(part, Branch)}
        self._names: set[str] = set()

    def machine(self, woven: Weave, *, is_strand: bool) -> State:
        """The top level, or a strand of a Parallel. Made back to front, for each state names its next."""
        states: States = {}
        # What a strand puts out is thrown away, but counts towards the 256 KiB of a state's result until it is.
        end: State = {"OutputPath": None, "End": True} if is_strand else {"End": True}
        start = self._emit(woven, end, states)
        return {"StartAt": start, "States": dict(reversed(states.items()))}

    def _emit(self, woven: Weave, then: State, states: States) -> str:
        """Adds the states of a part, last state first, and returns the name of the one to enter it by."""
        match woven:
            case Sequence(parts):
                for part in reversed(parts):
                    then = {"Next": self._emit(part, then, states)}
                return str(then["Next"])
            case Parallel(parts):
                name = self._fresh(_fork_name(woven))
                strands = [self.machine(part, is_strand=True) for part in parts]
                states[name] = {"Type": "Parallel", "Branches": strands, "ResultPath": None} | then
                return name
            case Branch():
                return self._choice(woven, then, states)
            case _:
                return self._step(self._plan["steps"][woven.id], then, states)

    def _choice(self, woven: Branch, then: State, states: States) -> str:
        name = self._fresh(f"{woven.condition} branch")
        default = then.get("Next")
        if default is None:
            default = self._fresh(f"{woven.condition} done")
            states[default] = {"Type": "Succeed"} | {key: each for key, each in then.items() if key != "End"}
        choices = [
            {"Variable": "$.taken.branch", "StringEquals": branch, "Next": self._emit(block, then, states)}
            for branch, block in reversed(woven.blocks)
        ]
        states[name] = {"Type": "Choice", "Choices": choices[::-1], "Default": default}
        return name

    def _step(self, step: PlanStep, then: State, states: States) -> str:
        name = step["id"]
        if step["type"] != "wait":
            selected = _SELECT_BRANCH if name in self._with_choice else _NO_RESULT
            self._task(name, step, selected, then, states)
            return name
        self._task(f"{name} wake", step, _NO_RESULT, then, states)
        states[f"{name} wait"] = {"Type": "Wait", "TimestampPath": "$.wait.until", "Next": f"{name} wake"}
        self._task(name, step, {"ResultPath": "$.wait"}, {"Next": f"{name} wait"}, states)
        return name

    def _task(self, name: str, step: PlanStep, result: Mapping[str, Any], then: State, states: States) -> None:
        task: State = {
            "Type": "Task",
            "Resource": self._arn(step),
            "Parameters": {"run.$": "$", "step": step["id"]},
            **result,
            "TimeoutSeconds": TASK_SECONDS,
            "Retry": _retriers(step["retry"]),
        }
        if may_pause_long(step):
            later, pause = f"{name} later", f"{name} pause"
            task["Catch"] = [{"ErrorEquals": ["StepRetryLater"], "ResultPath": "$.later", "Next": later}]
            states[pause] = {"Type": "Wait", "TimestampPath": "$.later.cause.errorMessage", "Next": name}
            cause = {"cause.$": "States.StringToJson($.later.Cause)"}
            states[later] = {"Type": "Pass", "Parameters": cause, "ResultPath": "$.later", "Next": pause}
        states[name] = task | then

    def _arn(self, step: PlanStep) -> str:
        agent = self._targets.run_agent_arn if step["type"] == "agent_task" else ""
        return agent or self._targets.run_step_arn

    def _fresh(self, wanted: str) -> str:
        """A state name that no other state has: unique in the whole machine, at most 80 characters."""
        name, number = wanted, 1
        while name in self._names:
            number += 1
            name = f"{wanted} ({number})"
        self._names.add(name)
        return name


_NO_RESULT: Mapping[str, Any] = {"ResultPath": None}
_SELECT_BRANCH: Mapping[str, Any] = {"ResultSelector": {"branch.$": "$.branch"}, "ResultPath": "$.taken"}


def _fork_name(fork: Parallel) -> str:
    """Named after the step it begins with; spaces keep it apart from ids. -> `fetch and 2 more`"""
    first = next(ids_in(fork))
    return f"{first} and {len(fork.parts) - 1} more"


def _retriers(retry: PlanRetry) -> list[State]:
    """Retries that are not the user's: of throttling and lost races, and of a function that died.

    The user's own are made by the function; the last counts them in, for a function may die in any attempt.
    """
    # IntervalSeconds 1 and BackoffRate 2 are the defaults, and a thousand steps have to fit into the limit of ASL.
    pauses = {"MaxDelaySeconds": 60, "JitterStrategy": "FULL"}
    return [
        {"ErrorEquals": FINAL, "MaxAttempts": 0},
        {"ErrorEquals": CROWDED, "MaxAttempts": 60, **pauses},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": retry["max_attempts"] + 4, **pauses},
    ]


def may_pause_long(step: PlanStep) -> bool:
    """Whether a pause before a retry of a step may be too long to be slept in its function."""
    retry = step["retry"]
    if retry["max_attempts"] == 1:
        return False
    pauses = retry["max_attempts"] - 1
    longest = retry["maximum_interval"]
    # The exponent is bounded, for a power of a hundred attempts has more digits than a float.
    grown = retry["initial_interval"] * retry["backoff_coefficient"] ** min(pauses - 1, 60)
    return step["type"] in ASKED_TO_WAIT or min(grown, longest) >= LONG_PAUSE
