"""An embedded AWS per test, closed afterwards."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stepweave.adapters.table import TABLE
from stepweave.local import embedded
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws


class Lab:
    """What a test holds: clients, the handlers by name, and the events that were told."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.told = threading.Condition()
        self.aws = EmbeddedAws(table="t", table_shape=TABLE, bucket="bucket", functions={"f": Function(self._call)})
        self.aws.tell_ends_to(self._on_end)
        self.dynamodb = embedded.client("dynamodb")
        self.s3 = embedded.client("s3")
        self.states = embedded.client("stepfunctions")
        self.functions = embedded.client("lambda")

    def _call(self, event: Any, context: Any) -> Any:
        return self.handlers["f"](event, context)

    def _on_end(self, event: dict[str, Any]) -> None:
        with self.told:
            self.events.append(event)
            self.told.notify_all()

    def machine(self, states: dict[str, Any], name: str = "m", **members: Any) -> str:
        definition = json.dumps({"StartAt": next(iter(states)), "States": states, **members})
        answer = self.states.create_state_machine(name=name, definition=definition, roleArn=embedded.ROLE_ARN)
        arn: str = answer["stateMachineArn"]
        return arn

    def start(self, machine: str, name: str = "run_1", text: str = "{}") -> str:
        arn: str = self.states.start_execution(stateMachineArn=machine, name=name, input=text)["executionArn"]
        return arn

    def end_of(self, execution: str) -> dict[str, Any]:
        with self.told:
            assert self.told.wait_for(lambda: self._told_of(execution), timeout=20), "the execution did not end"
            return self._told_of(execution)[0]["detail"]

    def _told_of(self, execution: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["detail"]["executionArn"] == execution]


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.aws.close()


def until(what: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until something holds; an assertion fails when it does not in time."""
    ends_at = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends_at, "it did not come true in time"
        threading.Event().wait(0.01)
