"""State machines and their executions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Execution:
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    error: str | None = None
    cause: str | None = None
    stopped_at: str | None = None


class Tokens(Protocol):
    """What opening a latch needs of Step Functions."""

    def send_success(self, token: str) -> None:
        """Lets the state that waits for that token go on, if there still is one."""


Started = Literal["started", "existed"]
"""`existed`: an execution of that name had been started before, and may have ended."""


class Machines(Tokens, Protocol):
    def ensure(self, name: str, asl: str) -> str:
        """The ARN of the state machine of that name, created if there is none."""

    def start(self, arn: str, name: str, input: Mapping[str, Any]) -> Started | None:
        """Starts an execution; also when it had been started before. None when the state machine does not exist."""

    def remove(self, arn: str) -> None:
        """Deletes a state machine, if there is one; executions of it that run go on to their end."""

    def execution(self, arn: str, name: str) -> Execution | None:
        """How an execution is; None when there is none of that name."""

    def stop(self, arn: str, name: str, reason: str) -> bool:
        """Ends an execution, or finds it ended. False when there is none of that name."""
