"""Step Functions in one thread and in a time of its own: runs compiled machines by their ASL, one move at a time.

Answers what the adapters call (`call`), retries and catches as ASL says, and tells of ends through `ended`. Functions
are called by `invoke(payload, resource)`, which gives an answer or raises; an exception's class names the error.
"""

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]
Invoke = Callable[[Json, str], Any]


class TaskFailed(Exception):
    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


class Refused(Exception):
    """An error that a call to the API is answered with."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Strand:
    """A line of states. It goes on when `ready` says so, at the latest at the moment `until`."""

    moves: Generator[None, None, Any]
    execution: "Execution"
    until: datetime | None = None
    ready: Callable[[], bool] = lambda: True
    is_over: bool = False
    failure: TaskFailed | None = None
    children: list["Strand"] = field(default_factory=list)

    def kill(self) -> None:
        self.is_over = True
        for child in self.children:
            child.kill()


@dataclass
class Execution:
    arn: str
    name: str
    input: str
    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    stopped: datetime | None = None
    top: Strand | None = None
    tokens: dict[str, bool] = field(default_factory=dict)


class StepFunctions:
    def __init__(self, clock: Callable[[], datetime], invoke: Invoke, ended: Callable[[Execution], None]) -> None:
        self._clock, self._invoke, self._ended = clock, invoke, ended
        self.machines: dict[str, Json] = {}
        self.executions: dict[str, Execution] = {}
        self.strands: list[Strand] = []
        self._tokens = 0
        self._current: Strand

    # The API -------------------------------------------------------------------------------------------------------

    def call(self, operation: str, request: Json) -> Json:
        method: Callable[[Json], Json] = getattr(self, "_on_" + re.sub("(?<!^)(?=[A-Z])", "_", operation).lower())
        return method(request)

    def _on_create_state_machine(self, request: Json) -> Json:
        arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{request['name']}"
        self.machines.setdefault(arn, json.loads(request["definition"]))
        return {"stateMachineArn": arn, "creationDate": self._clock()}

    def _on_start_execution(self, request: Json) -> Json:
        machine, name = request["stateMachineArn"], request["name"]
        if machine not in self.machines:
            raise Refused("StateMachineDoesNotExist")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        found = self.executions.get(arn)
        if found is not None:
            if found.status != "RUNNING" or found.input != request["input"]:
                raise Refused("ExecutionAlreadyExists")
            return {"executionArn": arn, "startDate": self._clock()}
        execution = self.executions[arn] = Execution(arn, name, request["input"])
        execution.top = self._start(self._machine(self.machines[machine], json.loads(request["input"])), execution)
        return {"executionArn": arn, "startDate": self._clock()}

    def _on_describe_execution(self, request: Json) -> Json:
        found = self.executions.get(request["executionArn"])
        if found is None:
            raise Refused("ExecutionDoesNotExist")
        ended = {"stopDate": found.stopped, "error": found.error, "cause": found.cause} if found.stopped else {}
        return {"executionArn": found.arn, "name": found.name, "status": found.status, **ended}

    def _on_stop_execution(self, request: Json) -> Json:
        found = self.executions.get(request["executionArn"])
        if found is None:
            raise Refused("ExecutionDoesNotExist")
        if found.status == "RUNNING":
            self._end(found, "ABORTED", request.get("error", ""), request.get("cause", ""))
        return {"stopDate": found.stopped}

    def _on_send_task_success(self, request: Json) -> Json:
        for execution in self.executions.values():
            if request["taskToken"] in execution.tokens and execution.status == "RUNNING":
                execution.tokens[request["taskToken"]] = True
                return {}
        raise Refused("TaskTimedOut")

    # Moves ---------------------------------------------------------------------------------------------------------

    def movable(self) -> list[Strand]:
        """The strands that can make a move now."""
        self.strands = [each for each in self.strands if not each.is_over]
        now = self._clock()
        return [each for each in self.strands if each.ready() or (each.until is not None and each.until <= now)]

    def next_moment(self) -> datetime | None:
        """When the next strand that sleeps goes on."""
        return min((each.until for each in self.strands if each.until is not None), default=None)

    def move(self, strand: Strand) -> None:
        self._current = strand
        strand.until, strand.ready = None, lambda: True
        try:
            next(strand.moves)
            return
        except StopIteration:
            pass
        except TaskFailed as failure:
            strand.failure = failure
        strand.kill()
        execution = strand.execution
        if execution.top is strand and execution.status == "RUNNING":
            failed = strand.failure
            self._end(
                execution, "FAILED" if failed else "SUCCEEDED", *((failed.error, failed.cause) if failed else ("", ""))
            )

    def _end(self, execution: Execution, status: str, error: str, cause: str) -> None:
        execution.status, execution.error, execution.cause, execution.stopped = status, error, cause, self._clock()
        if execution.top is not None:
            execution.top.kill()
        self._ended(execution)

    def _start(self, moves: Generator[None, None, Any], execution: Execution) -> Strand:
        strand = Strand(moves, execution)
        self.strands.append(strand)
        return strand

    def _rest(self, seconds: float) -> None:
        """The strand that moves now goes on in so many seconds."""
        self._current.ready, self._current.until = (lambda: False), self._clock() + timedelta(seconds=seconds)

    def _machine(self, machine: Json, data: Any) -> Generator[None, None, Any]:
        name: str | None = machine["StartAt"]
        while name is not None:
            state, tries = machine["States"][name], [0] * 10
            while True:
                try:
                    data, name = yield from self._state(state, data)
                    break
                except TaskFailed as failure:
                    seconds = _retried(state, failure, tries)
                    if seconds is not None:
                        self._rest(seconds)
                        yield
                        continue
                    caught = next((c for c in state.get("Catch", ()) if _matches(c, failure.error)), None)
                    if caught is None:
                        raise
                    error = {"Error": failure.error, "Cause": failure.cause}
                    data, name = _put(caught.get("ResultPath", "$"), data, error), caught["Next"]
                    break
        return data

    def _state(self, state: Json, data: Any) -> Generator[None, None, tuple[Any, str | None]]:
        following = None if state.get("End") else state.get("Next")
        match state["Type"]:
            case "Task" if state["Resource"].endswith("waitForTaskToken"):
                yield from self._with_token(state, data)
            case "Task":
                yield
                sent = _filled(state["Parameters"], data) if "Parameters" in state else data
                data = _result(state, data, self._called(sent, state["Resource"]))
            case "Pass":
                data = _put(state.get("ResultPath", "$"), data, _filled(state["Parameters"], data))
            case "Choice":
                following = next((c["Next"] for c in state["Choices"] if _holds(c, data)), state["Default"])
            case "Wait":
                until = datetime.fromisoformat(_at(state["TimestampPath"], data))
                self._current.ready, self._current.until = (lambda: False), until
                yield
            case "Succeed":
                following = None
            case "Parallel":
                moves = [self._machine(branch, data) for branch in state["Branches"]]
                yield from self._side_by_side(moves, 0)
            case "Map":
                items = [
                    _filled(state["ItemSelector"], data, {"$$.Map.Item.Value": value})
                    for value in _at(state["ItemsPath"], data)
                ]
                moves = [self._machine(state["ItemProcessor"], item) for item in items]
                yield from self._side_by_side(moves, state.get("MaxConcurrency", 0))
                data = _result(state, data, {})
        return data, following

    def _with_token(self, state: Json, data: Any) -> Generator[None, None, None]:
        strand, tokens = self._current, self._current.execution.tokens
        yield
        self._tokens += 1
        token = f"token-{self._tokens}"
        tokens[token] = False
        self._called(_filled(state["Parameters"]["Payload"], data, {"$$.Task.Token": token}), state["Resource"])
        seconds = _at(state["TimeoutSecondsPath"], data) if "TimeoutSecondsPath" in state else None
        strand.ready = lambda: tokens[token]
        strand.until = None if seconds is None else self._clock() + timedelta(seconds=seconds)
        yield
        if not tokens.pop(token):
            raise TaskFailed("States.Timeout")

    def _side_by_side(self, moves: list[Any], most: int) -> Generator[None, None, None]:
        mine = self._current
        waiting, running = list(reversed(moves)), list[Strand]()
        while waiting or running:
            while waiting and (not most or len(running) < most):
                running.append(self._start(waiting.pop(), mine.execution))
            mine.children = running
            mine.ready = lambda: any(each.is_over for each in mine.children)
            yield
            failed = next((each.failure for each in running if each.failure), None)
            if failed:
                for each in running:
                    each.kill()
                raise failed
            running = [each for each in running if not each.is_over]

    def _called(self, payload: Json, resource: str) -> Any:
        try:
            return self._invoke(payload, resource)
        except TaskFailed:
            raise
        except Exception as error:
            cause = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
            raise TaskFailed(type(error).__name__, cause) from error


def _retried(state: Json, failure: TaskFailed, tries: list[int]) -> float | None:
    """The pause before the state is tried again; None when it is not."""
    for index, retrier in enumerate(state.get("Retry", ())):
        if _matches(retrier, failure.error):
            tries[index] += 1
            if tries[index] > retrier.get("MaxAttempts", 3):
                return None
            return float(min(retrier.get("MaxDelaySeconds", 1e9), 2.0 ** (tries[index] - 1)))
    return None


def _matches(rule: Json, error: str) -> bool:
    return error in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]


def _at(path: str, data: Any, context: Mapping[str, Any] | None = None) -> Any:
    if path.startswith("$$"):
        return (context or {})[path]
    if found := re.fullmatch(r"States\.StringToJson\((.+)\)", path):
        return json.loads(_at(found[1], data))
    for part in re.findall(r"\.(\w+)|\[(\d+)\]", path.removeprefix("$")):
        data = data[part[0]] if part[0] else data[int(part[1])]
    return data


def _filled(template: Json, data: Any, context: Mapping[str, Any] | None = None) -> Json:
    return {
        name.removesuffix(".$"): _at(value, data, context) if name.endswith(".$") else value
        for name, value in template.items()
    }


def _holds(rule: Json, data: Any) -> bool:
    try:
        found = _at(rule["Variable"], data)
    except (KeyError, IndexError):
        return rule.get("IsPresent") is False
    return bool(rule["IsPresent"]) if "IsPresent" in rule else found == rule["StringEquals"]


def _result(state: Json, data: Any, result: Any) -> Any:
    return _put(
        state.get("ResultPath", "$"),
        data,
        _filled(state["ResultSelector"], result) if "ResultSelector" in state else result,
    )


def _put(path: str | None, data: Any, result: Any) -> Any:
    if path is None:
        return data
    return result if path == "$" else {**data, path.removeprefix("$."): result}
