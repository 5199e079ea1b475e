"""What use cases need from outside, as protocols. `adapters/` has the real ones, `tests/fakes/` the ten-line ones;
both pass `tests/contract/`.

Every write is conditional and every method may be called twice with the same arguments.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from stepweave.domain.api_key import ApiKey
from stepweave.domain.plan import Plan
from stepweave.domain.run import Run, RunState, StepRun, Value
from stepweave.domain.workflow import Machine, Slots, Version, Workflow

Clock = Callable[[], datetime]
"""The time now, in UTC."""
Sleep = Callable[[float], None]
"""Waits that many seconds."""
Random = Callable[[], float]
"""A number from 0 up to 1."""


class Tell(Protocol):
    """Says what happened: one structured log line, and one set of metrics where the outcome has any."""

    def __call__(self, outcome: str, /, **facts: Any) -> None: ...
    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        """An error of ours: with its traceback, in the log only."""


T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of a list, how many match in all, and where the next page begins (None: nowhere)."""

    rows: Sequence[T]
    total: int
    next_cursor: str | None


@dataclass(frozen=True)
class Current:
    """A workflow, its current version and its slots, read in one call."""

    workflow: Workflow
    version: Version
    slots: Slots


class ApiKeys(Protocol):
    def get(self, key_id: str) -> ApiKey | None: ...
    def add(self, key: ApiKey) -> None: ...
    def remove(self, key_id: str) -> bool: ...
    def all(self) -> Sequence[ApiKey]: ...


class Workflows(Protocol):
    def create(self, workflow: Workflow, version: Version) -> None:
        """Stores both, or raises `Conflict` (`slug_taken`) and stores nothing."""

    def resolve(self, ref: str) -> str | None:
        """The id behind an id or a slug; None where there is neither. An id is not looked up."""

    def get(self, workflow_id: str) -> Current | None: ...
    def version(self, workflow_id: str, number: int) -> Version | None: ...
    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        """Newest `updated_at` first."""

    def set_machine(self, workflow_id: str, number: int, machine: Machine) -> None: ...

    def slots(self, workflow_id: str) -> Slots: ...
    def take_slot(self, workflow_id: str, name: str, limit: int, *, past_queue: bool = False) -> bool:
        """Holds a slot under that name. False when `limit` are held, or others queue and `past_queue` is not set."""

    def free_slot(self, workflow_id: str, name: str) -> Slots:
        """Afterwards nobody holds a slot under that name."""

    def enqueue(self, workflow_id: str, run_id: str) -> None: ...
    def queued(self, workflow_id: str, limit: int) -> Sequence[str]:
        """Ids of queued runs, oldest first; read consistently."""

    def dequeue(self, workflow_id: str, run_id: str) -> None: ...
    def clear_queue_mark(self, workflow_id: str, rev: int) -> None:
        """Says that nobody queues, unless somebody joined since `rev`."""


class Plans(Protocol):
    """Plans never change under their key, so that a function may keep them in memory."""

    def put(self, workflow_id: str, plan_key: str, plan: Plan) -> None: ...
    def get(self, workflow_id: str, plan_key: str) -> Plan: ...


@dataclass(frozen=True)
class Story:
    """A run with its state and the step runs it has so far."""

    run: Run
    state: RunState
    steps: Sequence[StepRun]


class Runs(Protocol):
    def create(self, run: Run, state: RunState) -> None: ...
    def get(self, run_id: str, *, nested: int) -> Story | None:
        """A run with its step runs, but at most so many of those inside loops."""

    def state(self, run_id: str) -> RunState | None: ...
    def page(self, workflow_id: str, *, limit: int, offset: int, cursor: str | None) -> Page[Story]:
        """Newest first; stories without their steps."""

    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> RunState | None:
        """Lets an execution's step go on: marks the run as running, draws an event number if asked, and returns the new
        state (`events`: the number). None when that execution is not current or the run is to stop."""

    def set_machine(self, run_id: str, machine: Machine) -> None: ...
    def draw_event(self, run_id: str) -> int: ...
    def read(self, run_id: str, step_keys: Iterable[str]) -> tuple[Run, Mapping[str, StepRun]]:
        """The run and those of the step runs that exist; read consistently."""

    def iterations(self, run_id: str, step_id: str, position: str) -> Sequence[StepRun]:
        """The records of a step nested in the loop at that position, one per item it was entered for; consistent."""

    def put_step(self, step: StepRun, *, was: StepRun | None) -> bool:
        """Writes a step run if the stored one still is `was` (same owner, status and attempt; None: there is none)."""

    def finish(self, state: RunState) -> bool:
        """Writes the final state, drawing an event number, if its execution is current and the run active."""

    def due(self, now: str, limit: int) -> Sequence[RunState]:
        """Active runs whose check is due, the longest due first. May lag behind writes."""

    def set_check(self, run_id: str, checks: int, check_after: str) -> None: ...


@dataclass(frozen=True)
class Latch:
    """Who has settled of those that an await waits for, and the tokens of the await; both only grow."""

    settled: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()


class Latches(Protocol):
    """A latch per run, execution, await and loop position; it comes into being with the first word on it."""

    def add(self, run_id: str, execution: int, position: str, await_id: str, steps: Iterable[str]) -> Latch:
        """Says that those steps have settled."""

    def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
        """Says which token lets the await go on. A retried await has another, and the first may arrive after it."""


@dataclass(frozen=True)
class Execution:
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    error: str | None = None
    cause: str | None = None
    stopped_at: str | None = None


class Machines(Protocol):
    def ensure(self, name: str, asl: str) -> str:
        """The ARN of the state machine of that name, created if there is none."""

    def start(self, arn: str, name: str, input: Mapping[str, Any]) -> bool:
        """Starts an execution; also when it had been started before. False when the state machine does not exist."""

    def execution(self, arn: str, name: str) -> Execution | None:
        """How an execution is; None when there is none of that name."""

    def stop(self, arn: str, name: str, reason: str) -> None: ...
    def send_success(self, token: str) -> None:
        """Lets the state that waits for that token go on, if there still is one."""


class Values(Protocol):
    """JSON values: small ones inline, large ones in S3."""

    def store(self, key: str, value: Any) -> Value: ...
    def load(self, value: Value) -> Any: ...
    def link(self, value: Value) -> str | None:
        """Where a client can fetch a large value by itself, for a few minutes; None where it cannot."""


class LoopItems(Protocol):
    """The items of a loop, which never change in an execution: a function may keep them in memory."""

    def get(self, run_id: str, execution: int, loop_key: str) -> Sequence[Any]: ...


class Scripts(Protocol):
    """Runs untrusted script text where it can do no harm."""

    def run(self, request: Mapping[str, Any], timeout_seconds: float) -> Mapping[str, Any]: ...


# What a step does when it runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepContext:
    """What a step body gets. `config` has its expressions evaluated; `raw` is the config as written, for the types that
    evaluate themselves (`condition`) through `evaluate(expression)`.

    timeout_seconds: how long this attempt may take. idempotency_key: the same across attempts and executions.
    first_entered: when the step was first entered; due_at: what an earlier entry fixed.
    workflow_id: whose scripts never share an execution environment with those of another.
    """

    run_id: str
    workflow_id: str
    step_id: str
    config: Mapping[str, Any]
    raw: Mapping[str, Any]
    evaluate: Callable[[str], Any]
    env: Mapping[str, str]
    timeout_seconds: float
    idempotency_key: str
    attempt: int
    first_entered: datetime
    now: datetime
    due_at: datetime | None = None


@dataclass(frozen=True)
class Done:
    """The step's work is done. `branch` is set by a condition."""

    output: Any
    branch: str | None = None


@dataclass(frozen=True)
class Wait:
    """The step waits, costing nothing, until that moment; it is then entered again."""

    until: datetime


class StepBody(Protocol):
    """What a step type does. Raises `StepError` when its work is not done."""

    def __call__(self, context: StepContext) -> Done | Wait: ...
