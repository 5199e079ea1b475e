"""Direct executions on the real store and adapters, under faults, in a time of their own; as `fault_stage` for runs."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

from fakes.faults import Died, Faults, Kind
from fakes.secrets import FakeSecrets
from fakes.step_functions import Execution, StepFunctions, TaskFailed
from fakes.world import FakeTell
from fault_stage import ME, Clock, Context, rebound
from stepweave.adapters.direct_store import DirectStore
from stepweave.bootstrap.direct_running import direct_handler, direct_start_ports
from stepweave.bootstrap.stores import Stores
from stepweave.domain.direct_execution import OVER
from stepweave.errors import StepweaveError
from stepweave.ids import new_id_factory
from stepweave.local.direct_execution import direct_execution
from stepweave.local.embedded import function_arn
from stepweave.local.stack import RUN_AGENT, settings_of
from stepweave.services.direct_ends import check_direct_executions, settle_ended
from stepweave.services.direct_executions import StartDirect, start_direct
from stepweave.services.direct_work import DirectWorkPorts, Prepared
from stepweave.services.idempotency import Once
from stepweave.services.moments import text_of
from stepweave.services.ports import Done
from stepweave.services.ports import Execution as Ended
from stepweave.services.signals import SIGNALS

Json = Mapping[str, Any]


class DirectStage:
    """Has the names that the fixture `on_stage` asks of a stage. Its work tells one thing and has one effect."""

    def __init__(self, _definition: Any, chosen: random.Random) -> None:
        self.chosen, self.clock, self.tell = chosen, Clock(), FakeTell()
        self.faults = Faults(lambda operation, request: self.machines.call(operation, request), self._meanwhile)
        self.machines = StepFunctions(self.clock, self._invoke, self._on_end)
        self._doing: list[Callable[[], Any]] = []
        self.accepted: set[str] = set()
        self.begun: Counter[str] = Counter()
        self.spoiled: Counter[str] = Counter()
        self.now: list[str] = []
        self.events: list[Execution] = []

    def wire(self, _in_all: int = 0) -> None:
        settings = settings_of("")
        stores = Stores(settings)
        numbers, self._requests = count(1), count(1)
        new_id = new_id_factory(lambda: int(self.clock().timestamp() * 1000), lambda _bits: next(numbers))
        own = {"clock": self.clock, "tell": self.tell, "check": lambda _wanted: None}
        self._starts = rebound(direct_start_ports(stores, new_id), **own)
        self.store = DirectStore(stores.table)
        work = DirectWorkPorts(
            executions=self.store,
            values=stores.values,
            secrets=FakeSecrets(),
            prepare=lambda _request, asked: Prepared("agent_task", self._body, dict(asked)),
            clock=self.clock,
            sleep=self.clock.sleep,
            random=self.chosen.random,
            tell=self.tell,
        )
        self._work = direct_handler(work)
        self.machines.machines[settings.direct_execution_arn] = direct_execution(function_arn(RUN_AGENT))

    def _body(self, context: Any) -> Done:
        self.begun[context.run_id] += 1
        self.now.append(context.run_id)
        context.log("The model answered", {"model": "m", "text": "Hi."})
        return Done("x")

    # What happens ------------------------------------------------------------------------------------------------

    def _invoke(self, payload: Json, _resource: str) -> Any:
        """A function that dies is a failed task to Step Functions; its work, if it had begun, was cut off."""
        before = len(self.now)
        try:
            return self._done(lambda: self._work(payload, Context(f"request-{next(self._requests)}")))
        except Died:
            self.spoiled.update(self.now[before:])
            raise TaskFailed("Lambda.Unknown") from None
        except Exception as error:
            if type(error).__name__ == "StepCrashed":
                self.spoiled.update(self.now[before:])
            raise

    def _done(self, action: Callable[[], Any]) -> Any:
        self._doing.append(action)
        try:
            return action()
        finally:
            self._doing.pop()

    def _meanwhile(self, kind: Kind) -> None:
        with suppress(StepweaveError, *SIGNALS, Exception):
            if kind == "the same meanwhile":
                self._doing[-1]()
            else:
                self.clock.sleep(20)
                check_direct_executions(self._starts.going, self.clock() + timedelta(minutes=5))

    def _on_end(self, execution: Execution) -> None:
        if execution.status != "SUCCEEDED":
            self.events.append(execution)

    def guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return self._done(action)
        except (Died, StepweaveError):
            return None
        except Exception as error:
            if type(error).__module__.startswith("botocore"):
                return None
            raise

    def start(self, key: str) -> None:
        wanted = StartDirect("agent", "writer", "default", prompt="Hi", once=Once("direct", key))
        started = self.guarded(lambda: start_direct(ME, wanted, self._starts))
        if started is not None:
            self.accepted.add(started.exec_id)

    def stop_from_outside(self) -> None:
        for execution in list(self.machines.executions.values()):
            self.machines.call("StopExecution", {"executionArn": execution.arn})

    def reconcile(self) -> None:
        self.guarded(lambda: check_direct_executions(self._starts.going, self.clock() + timedelta(minutes=5)))

    def deliver(self) -> None:
        for execution in self.events:
            ended: Any = execution.status
            at = text_of(execution.stopped or self.clock())
            end = Ended(ended, execution.error)
            self.guarded(lambda name=execution.name, end=end, at=at: settle_ended(name, end, at, self._starts.going))
        self.events.clear()

    def go_on(self, moves: int = 10_000) -> None:
        """Until nothing can happen but by the passing of more than twenty minutes."""
        for _ in range(moves):
            if strands := self.machines.movable():
                self.machines.move(self.chosen.choice(strands))
                continue
            following = self.machines.next_moment()
            if following is None or following > self.clock() + timedelta(minutes=20):
                return
            self.clock.now = max(self.clock.now, following)

    def come_to_rest(self) -> None:
        self.faults.next_fault = lambda _number, _name: None
        for _ in range(10):
            self.go_on()
            self.deliver()
            self.clock.sleep(901)
            self.reconcile()

    # What must hold ----------------------------------------------------------------------------------------------

    def check(self, ends: frozenset[str]) -> None:
        """None lost or stuck, none doubled, no effect twice unless it was cut off, each told once and in order."""
        found = {name: self.store.get(name) for name in {*self.accepted, *self.begun}}
        told = f"{self.faults.made} {[(name, one and one[1].status) for name, one in found.items()]}"
        assert all(found.values()), f"an execution was lost: {told}"
        states = [one[1] for one in found.values() if one]
        assert {each.status for each in states} <= ends & OVER, f"one did not end as it should: {told}"
        assert not self.store.due("9999", 10), f"one that is over is looked after: {told}"
        for name, times in self.begun.items():
            assert times <= 1 + self.spoiled[name], f"{name} was done {times} times: {told}"
        for each in states:
            numbers = [note.number for note in each.story]
            assert numbers == list(range(1, len(numbers) + 1)), f"notes twice or out of order: {numbers} {told}"
            statuses = [note.facts["status"] for note in each.story if note.kind == "status"]
            assert len(statuses) == len(set(statuses)), f"a status told twice: {statuses} {told}"
        for execution in self.machines.executions.values():
            assert execution.status != "RUNNING", f"an execution goes on: {told}"
