"""ASL: a weave as the JSON text of a Step Functions state machine.

States carry ids only: the execution's input is `{"run_id", "execution", "position"}`, and what a step says and yields
lies in the run store. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.compiler.history import concurrency, inline_room, items_of
from stepweave.compiler.woven import (
    Await,
    Branch,
    Loop,
    Parallel,
    Sequence,
    Weave,
    all_in,
    await_id,
    ids_in,
)
from stepweave.domain.pause import longest_pause
from stepweave.domain.plan import Plan, PlanStep, polls_condition, waits_for_signal

State = dict[str, Any]
States = dict[str, State]
TASK_SECONDS = 960
"""Above the longest a Lambda function runs, so that a function reports its own end first."""
LONG_PAUSE = 20.0
"""Pauses before a retry that are longer are not slept in a function: it raises `StepRetryLater`."""
ASKED_TO_WAIT = frozenset({"http_request", "webhook", "agent_task"})
"""Types whose other side may ask for any pause (`Retry-After`)."""
IDS = ("run_id", "execution", "workflow_id", "version", "plan")
"""What an execution's input carries beside the loop position: the same in all of a run's executions."""
FINAL = ["StepFailed", "LoopOver", "RunStopped", "StepRetryLater"]
APART = " *"
"""Behind the names of states that stand twice: in the iterations that are executions of their own."""
TOO_MANY_FAILED = "States.ExceedToleratedFailureThreshold"
ENDING_A_LOOP = ["StepFailed", "LoopOver", TOO_MANY_FAILED]
CROWDED = ["StepBusy", "Lambda.TooManyRequestsException"]
LONGEST_NAME = 80
"""Characters of a state's name (Amazon States Language)."""
BUSY_ATTEMPTS = 60
"""Tries at up to 60 s apart, 30 s in the middle, outlast a lease of 15 minutes; each attempt may leave one behind."""


@dataclass(frozen=True)
class Targets:
    """ARNs of the functions behind Task states; without `run_agent_arn` agents run in the same as all others."""

    run_step_arn: str
    run_agent_arn: str = ""


def emit(woven: Weave, plan: Plan, targets: Targets) -> str:
    """The state machine, the same text for the same weave, plan and targets."""
    machine = _Emitter(woven, plan, targets).machine(woven, {"End": True})
    if plan["run_timeout"] is not None:
        machine["TimeoutSeconds"] = max(1, math.ceil(plan["run_timeout"]))
    return json.dumps(machine, ensure_ascii=False, separators=(",", ":"))


@dataclass
class _Level:
    """The states of the top level, a strand or an iteration, last first, for each names its next.

    failed: in an iteration of a loop that goes on after failures, the state that a failure ends it in.
    """

    states: States = field(default_factory=dict)
    failed: str = ""

    def catch(self) -> list[State]:
        return [{"ErrorEquals": ["StepFailed"], "ResultPath": None, "Next": self.failed}] if self.failed else []


class _Emitter:
    def __init__(self, woven: Weave, plan: Plan, targets: Targets) -> None:
        self._plan = plan
        self._targets = targets
        self._with_choice = {part.condition for part in all_in(woven) if isinstance(part, Branch)}
        self._room = inline_room(woven, plan)
        self._names: set[str] = set()
        self._mark = ""

    def machine(self, woven: Weave, end: State, failed: str = "") -> State:
        """The top level, a strand of a Parallel or an iteration of a Map."""
        level = _Level(failed=failed)
        start = self._emit(woven, end, level)
        if any(catch["Next"] == failed for state in level.states.values() for catch in state.get("Catch", ())):
            level.states = {failed: {"Type": "Succeed", "OutputPath": None}} | level.states
        return {"StartAt": start, "States": dict(reversed(level.states.items()))}

    def _emit(self, woven: Weave, then: State, level: _Level) -> str:
        """Adds the states of a part and returns the name of the one to enter it by."""
        match woven:
            case Sequence(parts):
                for part in reversed(parts):
                    then = {"Next": self._emit(part, then, level)}
                return str(then["Next"])
            case Parallel(parts):
                return self._fork(woven, then, level)
            case Branch():
                return self._choice(woven, then, level)
            case Await():
                return self._await(woven, then, level)
            case Loop():
                return self._loop(woven, then, level)
            case _:
                return self._step(self._plan["steps"][woven.id], then, level)

    def _fork(self, woven: Parallel, then: State, level: _Level) -> str:
        name = self._fresh(_fork_name(woven))
        strands = [self.machine(part, _NOTHING_OUT) for part in woven.parts]
        level.states[name] = {
            "Type": "Parallel",
            "Branches": strands,
            "ResultPath": None,
            **_catch(level.catch()),
            **then,
        }
        return name

    def _choice(self, woven: Branch, then: State, level: _Level) -> str:
        name = self._fresh(f"{woven.condition} branch")
        default = then.get("Next") or self._succeed(f"{woven.condition} done", then, level)
        choices = [
            {"Variable": "$.taken.branch", "StringEquals": branch, "Next": self._emit(block, then, level)}
            for branch, block in reversed(woven.blocks)
        ]
        level.states[name] = {"Type": "Choice", "Choices": choices[::-1], "Default": default}
        return name

    def _succeed(self, wanted: str, then: State, level: _Level) -> str:
        """A Choice cannot be the last state: one behind it ends what it is the last of."""
        name = self._fresh(wanted)
        level.states[name] = {"Type": "Succeed"} | {key: each for key, each in then.items() if key != "End"}
        return name

    def _await(self, woven: Await, then: State, level: _Level) -> str:
        """Entered before or after the steps that it waits for; without a time-out, for the run's own bound ends it."""
        name = self._marked(await_id(woven))
        level.states[name] = {
            **self._with_token({"await": await_id(woven)}),
            "Retry": AWAIT_RETRIERS,
            **_catch(level.catch()),
            **then,
        }
        return name

    def _with_token(self, about: State) -> State:
        """A state that goes on when somebody sends its token; its function learns the token, and what it is about."""
        payload = {"run.$": "$", **about, "token.$": "$$.Task.Token"}
        return {
            "Type": "Task",
            "Resource": f"arn:{self._partition()}:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": self._targets.run_step_arn, "Payload": payload},
            "ResultPath": None,
        }

    def _loop(self, woven: Loop, then: State, level: _Level) -> str:
        """A Task that gives the positions, a Map over them, and a Task that collects what the iterations left."""
        step = self._plan["steps"][woven.id]
        done = self._task(f"{woven.id} done", step, {"ResultPath": "$.loop"}, then, level, collect=True)
        room = self._room[woven.id]
        entry = self._map(woven, done, level, "INLINE" if room else "DISTRIBUTED")
        if room and items_of(step) is None:
            entry = self._choice_of_maps(woven, done, level, entry)
        return self._task(woven.id, step, _SELECT_POSITIONS, {"Next": entry}, level)

    def _choice_of_maps(self, woven: Loop, done: str, level: _Level, inline: str) -> str:
        """How many items there are is known here: more than the history has room for are executions of their own."""
        self._mark = APART
        apart = self._map(woven, done, level, "DISTRIBUTED")
        self._mark = ""
        name = f"{woven.id} count"
        beyond = {"Variable": f"$.loop.positions[{self._room[woven.id]}]", "IsPresent": True, "Next": apart}
        level.states[name] = {"Type": "Choice", "Choices": [beyond], "Default": inline}
        return name

    def _map(self, woven: Loop, done: str, level: _Level, mode: str) -> str:
        step = self._plan["steps"][woven.id]
        goes_on = step["config"].get("on_item_error") == "continue"
        failed = self._marked(f"{woven.id} item failed") if goes_on else ""
        config = _MODES[mode]
        name = self._marked(f"{woven.id} each")
        level.states[name] = {
            "Type": "Map",
            "ItemsPath": "$.loop.positions",
            "ItemSelector": {f"{id}.$": f"$.{id}" for id in IDS} | {"position.$": "$$.Map.Item.Value"},
            "MaxConcurrency": concurrency(step),
            "ItemProcessor": {"ProcessorConfig": config, **self.machine(woven.body, _NOTHING_OUT, failed)},
            # The positions go: what comes after must not carry them on.
            "ResultSelector": {},
            "ResultPath": "$.loop",
            "Catch": [{"ErrorEquals": ENDING_A_LOOP, "ResultPath": "$.loop", "Next": done}],
            "Next": done,
        }
        return name

    def _step(self, step: PlanStep, then: State, level: _Level) -> str:
        name = step["id"]
        if step["type"] != "wait":
            selected = _SELECT_BRANCH if name in self._with_choice else _NO_RESULT
            return self._task(name, step, selected, then, level)
        if waits_for_signal(step):
            return self._signal(step, then, level)
        if polls_condition(step):
            return self._polling(step, then, level)
        wake = self._task(f"{name} wake", step, _NO_RESULT, then, level)
        pause = self._marked(f"{name} wait")
        level.states[pause] = {"Type": "Wait", "TimestampPath": "$.wait.until", "Next": wake}
        return self._task(name, step, {"ResultPath": "$.wait"}, {"Next": pause}, level)

    def _signal(self, step: PlanStep, then: State, level: _Level) -> str:
        """Like a wait until a moment, but that the state in the middle goes on when its token is sent, or in time."""
        name = step["id"]
        wake = self._task(f"{name} wake", step, _NO_RESULT, then, level, collect=True)
        signal = self._marked(f"{name} signal")
        level.states[signal] = {
            **self._with_token({"step": name}),
            # What is left of the time is told by the Task before, so that a pause of the run takes nothing of it.
            "TimeoutSecondsPath": "$.wait.seconds",
            "Retry": SIGNAL_RETRIERS,
            "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": wake}],
            "Next": wake,
        }
        return self._task(name, step, {"ResultPath": "$.wait"}, {"Next": signal}, level)

    def _polling(self, step: PlanStep, then: State, level: _Level) -> str:
        """One Task, entered again whenever the moment that it answered has come, until it answers none."""
        name = step["id"]
        after = then.get("Next") or self._succeed(f"{name} done", then, level)
        pause, again = self._marked(f"{name} wait"), self._marked(f"{name} again")
        level.states[pause] = {"Type": "Wait", "TimestampPath": "$.wait.until", "Next": self._marked(name)}
        is_due = {"Variable": "$.wait.until", "IsPresent": True, "Next": pause}
        level.states[again] = {"Type": "Choice", "Choices": [is_due], "Default": after}
        return self._task(name, step, {"ResultPath": "$.wait"}, {"Next": again}, level)

    def _task(
        self,
        wanted: str,
        step: PlanStep,
        result: Mapping[str, Any],
        then: State,
        level: _Level,
        *,
        collect: bool = False,
    ) -> str:
        name = self._marked(wanted)
        catch = level.catch() if step["on_error"] == "fail" else []
        if may_pause_long(step) and not collect:
            later, pause = self._marked(f"{wanted} later"), self._marked(f"{wanted} pause")
            catch.append({"ErrorEquals": ["StepRetryLater"], "ResultPath": "$.later", "Next": later})
            level.states[pause] = {"Type": "Wait", "TimestampPath": "$.later.cause.errorMessage", "Next": name}
            cause = {"cause.$": "States.StringToJson($.later.Cause)"}
            level.states[later] = {"Type": "Pass", "Parameters": cause, "ResultPath": "$.later", "Next": pause}
        level.states[name] = {
            "Type": "Task",
            "Resource": self._arn(step),
            "Parameters": {"run.$": "$", "step": step["id"], **({"collect": True} if collect else {})},
            **result,
            "TimeoutSeconds": TASK_SECONDS,
            "Retry": _retriers(step["retry"]["max_attempts"]),
            **_catch(catch),
            **then,
        }
        return name

    def _arn(self, step: PlanStep) -> str:
        agent = self._targets.run_agent_arn if step["type"] == "agent_task" else ""
        return agent or self._targets.run_step_arn

    def _partition(self) -> str:
        """`aws`, or that of China or GovCloud; the laptop's functions may have any name."""
        arn = self._targets.run_step_arn.split(":")
        return arn[1] if arn[0] == "arn" else "aws"

    def _marked(self, wanted: str) -> str:
        """The name of a state after its step, which no other step's state has; told apart where it stands twice."""
        return f"{wanted}{self._mark}"

    def _fresh(self, wanted: str) -> str:
        """A state name that no other state has: unique in the whole machine, at most 80 characters."""
        wanted = self._marked(wanted)
        name, number = wanted, 1
        while name in self._names:
            number += 1
            told_apart = f" ({number})"
            name = wanted[: LONGEST_NAME - len(told_apart)] + told_apart
        self._names.add(name)
        return name


# What a strand puts out is thrown away, but counts towards the 256 KiB of a state's result until it is.
_NOTHING_OUT: State = {"OutputPath": None, "End": True}
_MODES: Mapping[str, State] = {
    "INLINE": {"Mode": "INLINE"},
    "DISTRIBUTED": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
}
_NO_RESULT: Mapping[str, Any] = {"ResultPath": None}
_SELECT_BRANCH: Mapping[str, Any] = {"ResultSelector": {"branch.$": "$.branch"}, "ResultPath": "$.taken"}
_SELECT_POSITIONS: Mapping[str, Any] = {"ResultSelector": {"positions.$": "$.positions"}, "ResultPath": "$.loop"}


def _catch(catchers: list[State]) -> State:
    return {"Catch": catchers} if catchers else {}


def _fork_name(fork: Parallel) -> str:
    """Named after the step it begins with; spaces keep it apart from ids. -> `fetch and 2 more`"""
    first = next(ids_in(fork))
    return f"{first} and {len(fork.parts) - 1} more"


# Throttled or cut off, an await does little and is free to try again; a dense definition has as many as steps.
AWAIT_RETRIERS: list[State] = [
    {"ErrorEquals": ["RunStopped"], "MaxAttempts": 0},
    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 20, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"},
]

SIGNAL_RETRIERS: list[State] = [
    {"ErrorEquals": ["RunStopped", "States.Timeout"], "MaxAttempts": 0},
    AWAIT_RETRIERS[1],
]


def _retriers(attempts: int) -> list[State]:
    """Retries that are not the user's: of throttling and lost races, and of a function that died.

    The user's own are made by the function; the last counts them in, for a function may die in any attempt.
    """
    # IntervalSeconds 1 and BackoffRate 2 are the defaults, and a thousand steps have to fit into the limit of ASL.
    pauses = {"MaxDelaySeconds": 60, "JitterStrategy": "FULL"}
    return [
        {"ErrorEquals": FINAL, "MaxAttempts": 0},
        {"ErrorEquals": CROWDED, "MaxAttempts": BUSY_ATTEMPTS * attempts, **pauses},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts + 4, **pauses},
    ]


def may_pause_long(step: PlanStep) -> bool:
    """Whether a pause before a retry of a step may be too long to be slept in its function."""
    retry = step["retry"]
    if retry["max_attempts"] == 1:
        return False
    return step["type"] in ASKED_TO_WAIT or longest_pause(retry, retry["max_attempts"] - 1) >= LONG_PAUSE
