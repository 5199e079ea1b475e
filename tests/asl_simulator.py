"""Runs the order of an emitted state machine in abstract time: which step is entered when, and how often.

Strands and iterations are processes of a discrete-event simulation. What a function does is told by `enter`; latches
work as the plan says: a call that settles steps adds them to the latches of the awaits that they open.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any


@dataclass(frozen=True)
class Call:
    """A Task's call of a function; `key` is the step's id, in loops with the position behind it."""

    step: str
    position: str
    collect: bool

    @property
    def key(self) -> str:
        return f"{self.step}@{self.position}" if self.position else self.step


@dataclass(frozen=True)
class Return:
    """How a call ends: what it gives back or that it raised `StepFailed`, when, and which steps it settled."""

    at: float
    result: Mapping[str, Any] = field(default_factory=dict)
    settled: tuple[str, ...] = ()
    failed: bool = False


Enter = Callable[[Call, float], Return]


@dataclass
class Trace:
    """entered: the moments at which each step was entered. transitions: how many states were entered."""

    entered: dict[str, list[float]] = field(default_factory=dict)
    transitions: int = 0
    awaits: int = 0
    concurrent: dict[str, int] = field(default_factory=dict)
    """By Map, the most iterations at once."""
    end: float = 0.0
    failed: bool = False


def simulate(machine: Mapping[str, Any], plan: Mapping[str, Any], enter: Enter) -> Trace:
    """The trace of an execution. Waits take no time."""
    return _Simulation(plan, enter).whole(machine)


class StepFailed(Exception):
    pass


class _Signal:
    """Something that processes wait for."""

    def __init__(self) -> None:
        self.waiting: list[_Process] = []


Running = Generator["float | _Signal", None, Any]
"""A process gives the moment or the signal that it goes on at."""


class _Process:
    def __init__(self, running: Running, changed: _Signal) -> None:
        self.running = running
        self.changed = changed
        self.children: list[_Process] = []
        self.is_over = False
        self.has_failed = False

    def kill(self) -> None:
        self.is_over = True
        for child in self.children:
            child.kill()


class _Simulation:
    def __init__(self, plan: Mapping[str, Any], enter: Enter) -> None:
        self._plan = plan
        self._enter = enter
        self._trace = Trace()
        self._latches: dict[tuple[str, str], set[str]] = {}
        self._latch_changed: dict[tuple[str, str], _Signal] = {}
        self._agenda: list[tuple[float, int, _Process]] = []
        self._count = 0
        self._now = 0.0
        self._process: _Process

    def whole(self, machine: Mapping[str, Any]) -> Trace:
        ids = dict.fromkeys(["workflow_id", "version", "plan"], "x")
        top = self._start(self._run(machine, {"run_id": "r", "execution": 1, "position": "", **ids}), _Signal())
        while self._agenda:
            self._now, _, process = heappop(self._agenda)
            if not process.is_over:
                self._resume(process)
        assert top.is_over, "the machine waits for what never comes"
        self._trace.failed = top.has_failed
        return self._trace

    def _start(self, running: Running, changed: _Signal) -> _Process:
        process = _Process(running, changed)
        self._at(self._now, process)
        return process

    def _at(self, moment: float, process: _Process) -> None:
        self._count += 1
        heappush(self._agenda, (moment, self._count, process))

    def _resume(self, process: _Process) -> None:
        self._process = process
        try:
            until = next(process.running)
        except StopIteration:
            self._over(process)
        except StepFailed:
            process.has_failed = True
            self._over(process)
        else:
            if isinstance(until, _Signal):
                until.waiting.append(process)
            else:
                self._at(until, process)

    def _over(self, process: _Process) -> None:
        process.kill()
        self._trace.end = self._now
        self._wake(process.changed)

    def _wake(self, signal: _Signal) -> None:
        for process in signal.waiting:
            self._at(self._now, process)
        signal.waiting.clear()

    def _run(self, machine: Mapping[str, Any], data: Any) -> Running:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self._trace.transitions += 1
            following = state.get("Next")
            try:
                match state["Type"]:
                    case "Task" if "TimeoutSecondsPath" in state:
                        assert data["wait"]["until"]
                    case "Task" if "Payload" in state["Parameters"]:
                        yield from self._await(state["Parameters"]["Payload"]["await"], data["position"])
                    case "Task":
                        data = _with_result(state, data, (yield from self._call(state["Parameters"], data)))
                    case "Choice" if state["Choices"][0]["Variable"] == "$.wait.until":
                        following = state["Choices"][0]["Next"] if "until" in data["wait"] else state["Default"]
                    case "Choice" if "IsPresent" in state["Choices"][0]:
                        most = int(state["Choices"][0]["Variable"].removeprefix("$.loop.positions[").removesuffix("]"))
                        is_there = len(data["loop"]["positions"]) > most
                        following = state["Choices"][0]["Next"] if is_there else state["Default"]
                    case "Choice":
                        taken = data["taken"]["branch"]
                        rules = [rule["Next"] for rule in state["Choices"] if rule["StringEquals"] == taken]
                        following = rules[0] if rules else state["Default"]
                    case "Parallel":
                        yield from self._side_by_side([(branch, data) for branch in state["Branches"]], None, name)
                    case "Map":
                        items = [self._item(state, data, value) for value in data["loop"]["positions"]]
                        strands = [(state["ItemProcessor"], item) for item in items]
                        yield from self._side_by_side(strands, state["MaxConcurrency"], name)
                        data = _with_result(state, data, {})
                    case "Wait":
                        assert data["wait"]["until"]
                    case "Succeed":
                        return data
            except StepFailed:
                catches = [catch for catch in state.get("Catch", ()) if "StepFailed" in catch["ErrorEquals"]]
                if not catches:
                    raise
                name = catches[0]["Next"]
                continue
            if state.get("End"):
                return data
            name = following

    def _call(self, parameters: Mapping[str, Any], data: Mapping[str, Any]) -> Generator[float, None, Any]:
        call = Call(parameters["step"], data["position"], parameters.get("collect", False))
        if not call.collect:
            self._trace.entered.setdefault(call.key, []).append(self._now)
        answer = self._enter(call, self._now)
        yield answer.at
        if answer.failed:
            # It opens no latch, for nothing starts after it.
            raise StepFailed
        for step in answer.settled:
            for latch in self._plan["steps"][step]["opens"]:
                self._latches.setdefault((latch, call.position), set()).add(step)
                self._wake(self._latch_changed.setdefault((latch, call.position), _Signal()))
        return answer.result

    def _await(self, name: str, position: str) -> Generator[_Signal, None, None]:
        self._trace.awaits += 1
        key = (name, position)
        needed = set(self._plan["awaits"][name]["waits_for"])
        while not needed <= self._latches.setdefault(key, set()):
            yield self._latch_changed.setdefault(key, _Signal())

    def _side_by_side(self, strands: list[tuple[Any, Any]], most: int | None, name: str) -> Generator[Any, None, None]:
        """Strands of a Parallel, all at once, or iterations of a Map, in order and at most so many at once."""
        mine, changed = self._process, _Signal()
        left = list(reversed(strands))
        running: list[_Process] = []
        while left or running:
            while left and (not most or len(running) < most):
                running.append(self._start(self._run(*left.pop()), changed))
            self._trace.concurrent[name] = max(self._trace.concurrent.get(name, 0), len(running))
            mine.children = running
            yield changed
            if any(each.has_failed for each in running):
                for each in running:
                    each.kill()
                raise StepFailed
            running = [each for each in running if not each.is_over]

    def _item(self, state: Mapping[str, Any], data: Mapping[str, Any], value: str) -> dict[str, Any]:
        selected = state["ItemSelector"].items()
        return {
            name.removesuffix(".$"): value if path.startswith("$$") else data[path.removeprefix("$.")]
            for name, path in selected
        }


def _with_result(state: Mapping[str, Any], data: Any, result: Any) -> Any:
    if state["ResultPath"] is None:
        return data
    if "ResultSelector" in state:
        result = {
            name.removesuffix(".$"): result[path.removeprefix("$.")] for name, path in state["ResultSelector"].items()
        }
    return data | {state["ResultPath"].removeprefix("$."): result}
