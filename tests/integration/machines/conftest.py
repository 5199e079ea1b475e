"""Machines on the embedded Step Functions, with a function that does nothing but what orders them."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from stepweave.adapters.table import TABLE
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.domain.plan import Plan
from stepweave.local import embedded
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws

INPUT = {"run_id": "run_1", "execution": 1, "workflow_id": "wf_1", "version": 1, "plan": "p", "position": ""}


class StepFailed(Exception):
    pass


class Runner:
    """Runs definitions. `items`: how many every loop has; `failing`: keys of step runs that fail."""

    def __init__(self) -> None:
        self.items = 2
        self.failing: set[str] = set()
        self.entered: list[str] = []
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._plan: Plan
        self._settled: set[str] = set()
        self._tokens: dict[tuple[str, str], str] = {}
        self.aws = EmbeddedAws(table="t", table_shape=TABLE, bucket="bucket", functions={"f": Function(self._call)})
        self.aws.tell_ends_to(lambda _: self._ended.set())
        self._states = embedded.client("stepfunctions")

    def run(self, source: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """How a run ended, and the events of its execution."""
        compiled = compile_definition(source)
        assert compiled.plan is not None
        self._plan = compiled.plan
        asl = compile_asl(compiled, Targets(embedded.function_arn("f")))
        machine = self._states.create_state_machine(name="m", definition=asl, roleArn=embedded.ROLE_ARN)
        started = self._states.start_execution(
            stateMachineArn=machine["stateMachineArn"], name="run_1-1", input=json.dumps(INPUT)
        )
        assert self._ended.wait(timeout=60), "the execution did not end"
        arn = started["executionArn"]
        status = self._states.describe_execution(executionArn=arn)["status"]
        return status, self._states.get_execution_history(executionArn=arn, maxResults=1000)["events"]

    def _call(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        position = event["run"]["position"]
        with self._lock:
            if "await" in event:
                self._tokens[event["await"], position] = event["token"]
                self._send()
                return {}
            return self._step(event, position)

    def _step(self, event: dict[str, Any], position: str) -> dict[str, Any]:
        step = self._plan["steps"][event["step"]]
        key = f"{step['id']}@{position}"
        if not event.get("collect"):
            self.entered.append(key)
            if step["type"] == "loop":
                return {"positions": [f"{position}.{index}".removeprefix(".") for index in range(self.items)]}
        if key in self.failing:
            raise StepFailed
        self._settled.add(key)
        self._send()
        return {"branch": next(iter(step["branches"]), ""), "until": "2020-01-01T00:00:00Z"}

    def _send(self) -> None:
        for (name, position), token in list(self._tokens.items()):
            if {f"{step}@{position}" for step in self._plan["awaits"][name]["waits_for"]} <= self._settled:
                del self._tokens[name, position]
                self._states.send_task_success(taskToken=token, output="{}")

    def close(self) -> None:
        self.aws.close()


@pytest.fixture
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()
