"""The stores of a rehearsal: one run, in memory, entered by one at a time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.inbox import Inbox, Signal
from stepweave.domain.plan import Plan
from stepweave.domain.run import Run, RunState, StepRun, Value, step_key
from stepweave.domain.secret import Secret
from stepweave.domain.story import Event
from stepweave.errors import StepError
from stepweave.services.ports import Latch


@dataclass
class MovedClock:
    """Time that passes when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class OneRun:
    """The port `StepRuns` for one run whose execution is current throughout."""

    run: Run
    now: RunState
    steps: dict[str, StepRun] = field(default_factory=dict)

    def state(self, run_id: str) -> RunState:
        return self.now

    def admit(self, run_id: str, execution: int, now: str, *, draw: bool) -> RunState:
        started = self.now.started_at or now
        told = self.now.told or (Event(self.now.events, "run_started", now),)
        self.now = replace(self.now, status="running", started_at=started, events=self.now.events + draw, told=told)
        return self.now

    def draw_event(self, run_id: str) -> int:
        self.now = replace(self.now, events=self.now.events + 1)
        return self.now.events

    def read(self, run_id: str, step_keys: Iterable[str]) -> tuple[Run, Mapping[str, StepRun]]:
        return self.run, {key: self.steps[key] for key in step_keys if key in self.steps}

    def iterations(self, run_id: str, step_id: str, position: str) -> Sequence[StepRun]:
        prefix = step_key(step_id, position) + ("." if position else "@")
        return [step for key, step in self.steps.items() if key.startswith(prefix)]

    def put_step(self, step: StepRun, *, was: StepRun | None) -> bool:
        self.steps[step.key] = step
        return True


MAX_KEPT = 50_000_000
"""Characters of JSON of all values: a mock's output is kept for each item of a loop."""


class InlineValues:
    """The port `Values`: a value is kept as its text."""

    def __init__(self) -> None:
        self._left = MAX_KEPT

    def store(self, key: str, value: Any) -> Value:
        try:
            text = json.dumps(value, allow_nan=False)
        except ValueError as error:
            raise StepError("output_not_json", f"The output is not JSON: {error}") from error
        self._left -= len(text)
        if self._left < 0:
            raise StepError("output_too_large", f"The outputs of a rehearsal have more than {MAX_KEPT:,} characters.")
        return Value(inline=text, size=len(text))

    def load(self, value: Value) -> Any:
        return json.loads(value.inline or "null")

    def link(self, value: Value) -> None:
        return None

    def remove(self, prefix: str) -> None:
        """Nothing lies anywhere."""


@dataclass(frozen=True)
class OnePlan:
    plan: Plan

    def put(self, workflow_id: str, plan_key: str, plan: Plan) -> None:
        """It is there."""

    def get(self, workflow_id: str, plan_key: str) -> Plan:
        return self.plan


@dataclass
class ItemsOf:
    """The port `LoopItems`."""

    runs: OneRun
    _kept: dict[str, Sequence[Any]] = field(default_factory=dict)

    def get(self, run_id: str, execution: int, loop_key: str) -> Sequence[Any]:
        if loop_key not in self._kept:
            record = self.runs.steps[loop_key]
            self._kept[loop_key] = InlineValues().load(record.items or Value(inline="[]"))
        return self._kept[loop_key]


class NoLatches:
    """Who goes through the order of the definition itself needs no latch and no token."""

    def add(self, run_id: str, execution: int, position: str, await_id: str, steps: Iterable[str]) -> Latch:
        return Latch()

    def arm(self, run_id: str, execution: int, position: str, await_id: str, token: str) -> Latch:
        return Latch()

    def send_success(self, token: str) -> None:
        """Nobody waits."""


class NoInboxes:
    """No wait of a rehearsal is for a signal: it is played like what reaches outside."""

    def get(self, run_id: str, name: str) -> Inbox:
        return Inbox()

    def put(self, run_id: str, name: str, inbox: Inbox, *, was: int) -> bool:
        return True

    def all(self, run_id: str) -> Mapping[str, Inbox]:
        return {}

    def keep(self, signal: Signal) -> Signal:
        return signal

    def signal(self, run_id: str, signal_id: str) -> None:
        return None


class StandInSecrets:
    """Every secret is there, and is its own name."""

    def get(self, name: str) -> Secret:
        return Secret(f"<secret {name}>")

    def how_to_set(self, name: str) -> str:
        return ""


class Silence:
    def __call__(self, outcome: str, /, **facts: Any) -> None:
        """A rehearsal is no outcome to be counted."""

    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        """The step fails with `internal`, and its answer says so."""
