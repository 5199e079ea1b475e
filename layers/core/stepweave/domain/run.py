"""A run: what was asked (`Run`), what has become of it (`RunState`), and its step runs (`StepRun`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stepweave.domain.origin import NO_ORIGIN, Origin
from stepweave.domain.story import Event

RunStatus = Literal["queued", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out"]
OnLimit = Literal["queue", "reject", "skip", "cancel_oldest"]
StepStatus = Literal["pending", "running", "waiting", "completed", "failed", "skipped", "cancelled"]

ACTIVE_RUN: frozenset[str] = frozenset({"queued", "running", "waiting", "paused"})
UNDER_WAY: frozenset[str] = ACTIVE_RUN - {"paused"}
"""Runs that go on by themselves: they hold a slot, or wait for one."""
SETTLED_STEP: frozenset[str] = frozenset({"completed", "failed", "skipped", "cancelled"})
INLINE_BYTES = 100_000
"""A value whose JSON is larger lies in S3; an item of DynamoDB holds 400 KB."""


@dataclass(frozen=True)
class Value:
    """A JSON value, or where it lies: exactly one of `inline` (JSON text) and `ref` (key in the bucket)."""

    inline: str | None = None
    ref: str | None = None
    size: int = 0


@dataclass(frozen=True)
class Fail:
    """Why a step or a run failed. `message` is for people, `code` is stable."""

    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What was asked. Never changes."""

    id: str
    workflow_id: str
    input_data: Value
    trigger: str
    created_at: str
    created_by: str
    labels: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True)
class Intent:
    """What a run under way is to become: `cancelled` or `paused`. `why`: the error that a cancelled run shows."""

    kind: Literal["cancel", "pause"]
    at: str
    by: str
    why: Fail | None = None


@dataclass(frozen=True)
class Rerun:
    """From that execution on, a step and all that depends on it count only as they ran since."""

    execution: int
    from_step: str


@dataclass(frozen=True)
class RunState:
    """What has become of it.

    `execution`: number of the current execution; `events`: the last event number drawn; `intent`: no further step of it
    starts, and once its execution has ended it stops; `limit`: how many runs of its group may be under way, `group`:
    empty for the group of its workflow (see `domain.slots`), `on_limit`: what it does when the group is full; `run_at`:
    before it the run does not start.
    `told`: the run's own events; one called `run_started` follows the event that has its number. `void`: numbers that
    were drawn and not used in time, see `services.events`.
    """

    run_id: str
    workflow_id: str
    workflow_version: int
    machine_arn: str
    plan_key: str
    status: RunStatus
    execution: int = 1
    limit: int = 10
    group: str = ""
    on_limit: OnLimit = "queue"
    run_at: str | None = None
    events: int = 0
    checks: int = 0
    started_at: str | None = None
    completed_at: str | None = None
    output: Value | None = None
    error: Fail | None = None
    intent: Intent | None = None
    reruns: tuple[Rerun, ...] = ()
    told: tuple[Event, ...] = ()
    void: frozenset[int] = frozenset()
    deleted: bool = False
    expires_at: int | None = None


@dataclass(frozen=True)
class StepRun:
    """One step in a run; `key` is the step's id, inside loops `id@0.3` (positions, outermost first).

    `owner`, `execution` and `lease_until` say who works on it; `story` is its part of the story of the run, kept when
    the step runs again; `skipped` lists the steps that a condition jumped over; `due_at` is when a wait or the next
    attempt is due; `items` is what a loop goes over, fixed when it is first entered; `signal` is the name of the signal
    that a wait waits for, `message` what it asks; `usage` is what it has used of models in all of its attempts, name ->
    `{requests, input_tokens, output_tokens}`.
    """

    run_id: str
    key: str
    step_id: str
    status: StepStatus
    execution: int
    attempt: int = 1
    owner: str = ""
    lease_until: str = ""
    started_at: str | None = None
    completed_at: str | None = None
    due_at: str | None = None
    output: Value | None = None
    error: Fail | None = None
    branch: str | None = None
    skipped: tuple[str, ...] = ()
    items: Value | None = None
    signal: str | None = None
    message: str = ""
    usage: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)
    story: tuple[Event, ...] = ()


def execution_name(run_id: str, number: int) -> str:
    """The name of an execution and of the slot it holds. -> `run_01KA...-1`"""
    return f"{run_id}-{number}"


def parse_execution_name(name: str) -> tuple[str, int] | None:
    """Run id and number of an execution's name; None for an execution that is not a run's."""
    run_id, _, number = name.rpartition("-")
    if not run_id.startswith("run_") or not number.isdecimal():
        return None
    return run_id, int(number)


def step_key(step_id: str, position: str) -> str:
    """The key of a step run. -> `step_key("fetch", "") == "fetch"`, `step_key("fetch", "0.3") == "fetch@0.3"`"""
    return f"{step_id}@{position}" if position else step_id
