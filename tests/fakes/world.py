"""What is neither stored nor ours: the clock, Step Functions, the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stepweave.services.ports import Execution, Started


@dataclass
class FakeClock:
    """Time that moves when told to, or when somebody sleeps."""

    now: datetime = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeMachines:
    machines: dict[str, str] = field(default_factory=dict)
    executions: dict[tuple[str, str], Execution] = field(default_factory=dict)
    inputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def ensure(self, name: str, asl: str) -> str:
        arn = f"arn:aws:states:eu-west-1:123456789012:stateMachine:{name}"
        self.machines[arn] = asl
        return arn

    def start(self, arn: str, name: str, input: Mapping[str, Any]) -> Started | None:
        if arn not in self.machines:
            return None
        if (arn, name) in self.executions:
            return "existed"
        self.executions[arn, name] = Execution("RUNNING")
        self.inputs[name] = input
        return "started"

    def remove(self, arn: str) -> None:
        self.machines.pop(arn, None)

    def execution(self, arn: str, name: str) -> Execution | None:
        return self.executions.get((arn, name))

    def stop(self, arn: str, name: str, reason: str) -> bool:
        found = self.executions.get((arn, name))
        if found is not None and found.status == "RUNNING":
            self.executions[arn, name] = Execution("ABORTED", "RunStopped", reason)
        return found is not None

    def send_success(self, token: str) -> None:
        self.sent.append(token)

    def started(self) -> list[str]:
        return [name for _, name in self.executions]


@dataclass
class FakeTell:
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __call__(self, outcome: str, /, **facts: Any) -> None:
        self.told.append((outcome, facts))

    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        self.told.append((outcome, {**facts, "error": error}))

    def outcomes(self) -> list[str]:
        return [outcome for outcome, _ in self.told]
