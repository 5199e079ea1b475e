"""Whole runs on the real stores and adapters, under faults, in a time of their own.

One thread: what happens next is chosen by the schedule, from all that could happen. Whatever ends a process ends it
here too, and what it held stays as it was. At the end the store is read: see `Stage.check`.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from definitions import script
from fakes.faults import Died, Faults, Kind
from fakes.step_functions import Execution, StepFunctions, TaskFailed
from fakes.world import FakeTell
from stepweave.adapters.inbox_store import InboxStore
from stepweave.bootstrap.run_step import step_handler, step_ports
from stepweave.bootstrap.run_uses import start_ports
from stepweave.bootstrap.running import admission_ports, finish_ports, machine_ports
from stepweave.bootstrap.signal_uses import signal_ports
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.workflow_uses import workflow_uses
from stepweave.domain.api_key import Caller
from stepweave.domain.run import UNDER_WAY, parse_execution_name
from stepweave.domain.slots import DEPLOYMENT
from stepweave.errors import StepweaveError
from stepweave.ids import new_id_factory
from stepweave.local.delayed_start import delayed_start
from stepweave.local.embedded import function_arn
from stepweave.local.stack import ADMIT_RUN, settings_of
from stepweave.services.admission import admit_due
from stepweave.services.control import ControlPorts, cancel_run, pause_run
from stepweave.services.events import EventPorts, news
from stepweave.services.finish import finish_run
from stepweave.services.idempotency import Once
from stepweave.services.moments import text_of
from stepweave.services.ports import Execution as Ended
from stepweave.services.ports import never_stopped
from stepweave.services.reconcile import reconcile
from stepweave.services.resume import Resume, ResumePorts, resume_run
from stepweave.services.sent_signals import SendSignal, send_signal
from stepweave.services.signals import SIGNALS
from stepweave.services.start import StartRun, start_run
from stepweave.services.workflows import CreateWorkflow

ME = Caller("key_1", "admin")
Json = Mapping[str, Any]


def effect(name, after=()):
    """A script that tells which step run it is of."""
    config = {"language": "shell", "source": "x", "input": f"{{{{ run.id & ' {name}' }}}}"}
    return script(name, after) | {"config": config}


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Body:
    """Scripts: what each does is to be counted. `fails`: how many bodies of each fail before one succeeds."""

    fails: Counter[str] = field(default_factory=Counter)
    begun: Counter[str] = field(default_factory=Counter)
    spoiled: Counter[str] = field(default_factory=Counter)
    """Bodies whose function did not come to its end, by what they are for."""
    failed: Counter[str] = field(default_factory=Counter)
    now: list[str] = field(default_factory=list)

    def run(self, request: Json, timeout_seconds: float) -> Json:
        outcome = {"exit_code": 0, "stdout": "", "stderr": "", "result": None, "result_error": None, "timed_out": False}
        name = str(request["input"])
        self.begun[name] += 1
        self.now.append(name)
        if self.failed[name] < self.fails[name.partition(" ")[2]]:
            self.failed[name] += 1
            outcome["exit_code"] = 1
        return outcome


@dataclass(frozen=True)
class Context:
    aws_request_id: str
    seconds: float = 900.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def rebound(ports: Any, **own: Any) -> Any:
    """Ports with another clock and the like, also in the ports that they hold."""
    changes = {}
    for each in fields(ports):
        held = getattr(ports, each.name)
        if each.name in own:
            changes[each.name] = own[each.name]
        elif is_dataclass(held) and type(held).__name__.endswith("Ports"):
            changes[each.name] = rebound(held, **own)
    return replace(ports, **changes)


class Stage:
    """A workflow of one definition, and its runs. `faults` are for the clients that it makes when it is wired."""

    def __init__(self, definition: Json, chosen: random.Random) -> None:
        self.chosen, self.clock, self.tell, self.body = chosen, Clock(), FakeTell(), Body()
        self.faults = Faults(lambda operation, request: self.machines.call(operation, request), self._meanwhile)
        self._doing: list[Callable[[], Any]] = []
        self.machines = StepFunctions(self.clock, self._invoke, self._on_end)
        self.definition = definition
        self.most_at_once = 0
        self.events: list[Execution] = []
        self.accepted: list[str] = []
        self.signalled: list[str] = []

    def wire(self, in_all: int = 0) -> None:
        settings = settings_of("", max_concurrent_runs_in_all=in_all)
        stores = Stores(settings)
        numbers = count(1)
        self.stores = stores
        new_id = new_id_factory(lambda: int(self.clock().timestamp() * 1000), lambda _bits: next(numbers))
        own = {"clock": self.clock, "tell": self.tell, "sleep": self.clock.sleep, "random": self.chosen.random}
        own["stops"] = never_stopped  # which looks at the clock of the machine
        self._starts = rebound(start_ports(stores, new_id), **own)
        self._ends = rebound(finish_ports(stores), **own)
        self._signals = rebound(signal_ports(stores, new_id), **own)
        self._control = ControlPorts(self._ends, self.clock)
        self._resumes = ResumePorts(self._ends, machine_ports(stores), self.clock)
        self._step = step_handler(rebound(step_ports(settings, self.body, None), **own))
        self._admissions = rebound(admission_ports(stores), **own)
        self.machines.machines[settings.delayed_start_arn] = delayed_start(function_arn(ADMIT_RUN))
        self._requests = count(1)
        uses = workflow_uses(stores, new_id)
        self.workflow = uses.create(ME, CreateWorkflow(dict(self.definition)))[0].id

    # What happens ------------------------------------------------------------------------------------------------

    def _invoke(self, payload: Json, resource: str) -> Any:
        if resource == function_arn(ADMIT_RUN):
            try:
                return self._done(lambda: admit_due(payload["run_id"], self._admissions))
            except Died:
                raise TaskFailed("Lambda.Unknown") from None
        return self._invoke_step(payload)

    def _invoke_step(self, payload: Json) -> Any:
        """A function that dies is a failed task to Step Functions; its body, if it had begun, was cut off."""
        before = len(self.body.now)
        try:
            return self._done(lambda: self._step(payload, Context(f"request-{next(self._requests)}")))
        except Died:
            self.body.spoiled.update(self.body.now[before:])
            raise TaskFailed("Lambda.Unknown") from None
        except Exception as error:
            if type(error).__name__ == "StepCrashed":
                self.body.spoiled.update(self.body.now[before:])
            raise

    def _done(self, action: Callable[[], Any]) -> Any:
        self._doing.append(action)
        try:
            return action()
        finally:
            self._doing.pop()

    def _meanwhile(self, kind: Kind) -> None:
        """Between two calls of one process another does the same, or comes to look after it."""
        with suppress(StepweaveError, *SIGNALS):
            if kind == "the same meanwhile":
                self._doing[-1]()
            else:
                self.clock.sleep(20)  # requests to the API last 29 s at most
                reconcile(self._ends, self.clock, self.clock() + timedelta(minutes=5))

    def _on_end(self, execution: Execution) -> None:
        if parse_execution_name(execution.name):
            self.events.append(execution)

    def guarded(self, action: Callable[[], Any]) -> Any:
        """An action whose process may die or be told that AWS does not answer; None then."""
        try:
            return self._done(action)
        except (Died, StepweaveError):
            return None
        except Exception as error:
            if type(error).__module__.startswith("botocore"):
                return None
            raise

    def start(self, key: str | None = None, delay: float | None = None) -> None:
        request = StartRun(once=Once("run", key) if key else None, delay=delay)
        started = self.guarded(lambda: start_run(ME, self.workflow, request, self._starts))
        if started is not None:
            self.accepted.append(started.state.run_id)

    def cancel(self, run_id: str) -> None:
        self.guarded(lambda: cancel_run(run_id, self._control, by="me"))

    def pause(self, run_id: str) -> None:
        self.guarded(lambda: pause_run(run_id, self._control, by="me"))

    def resume(self, run_id: str, from_step: str | None = None) -> None:
        self.guarded(lambda: resume_run(run_id, Resume(from_step), self._resumes))

    def signal(self, run_id: str, key: str) -> None:
        request = SendSignal("go", key, Once(f"signal/{run_id}", key))
        sent = self.guarded(lambda: send_signal(ME, run_id, request, self._signals))
        if sent is not None:
            self.signalled.append(sent.signal_id)

    def deliver(self, execution: Execution) -> None:
        ended: Any = execution.status
        ended_at = text_of(execution.stopped or self.clock())
        self.guarded(
            lambda: finish_run(execution.name, Ended(ended, execution.error, execution.cause), ended_at, self._ends)
        )

    def reconcile(self) -> None:
        self.guarded(lambda: reconcile(self._ends, self.clock, self.clock() + timedelta(minutes=5)))

    # Going on ----------------------------------------------------------------------------------------------------

    def move(self) -> bool:
        """One thing that can happen now; False when nothing can."""
        strands = self.machines.movable()
        if not strands:
            return False
        self.machines.move(self.chosen.choice(strands))
        running = [each for each in self.machines.executions.values() if each.status == "RUNNING"]
        running = [each for each in running if parse_execution_name(each.name)]
        self.most_at_once = max(self.most_at_once, len(running))
        return True

    def go_on(self, *, events: bool = True, moves: int = 10_000) -> None:
        """Until nothing can happen but by the passing of more than ten minutes."""
        for _ in range(moves):
            if self.events and events and self.chosen.random() < 0.3:
                self.deliver(self.events.pop(self.chosen.randrange(len(self.events))))
            elif not self.move():
                if self.events and events:
                    self.deliver(self.events.pop())
                    continue
                following = self.machines.next_moment()
                if following is None or following > self.clock() + timedelta(minutes=10):
                    return
                self.clock.now = max(self.clock.now, following)

    def come_to_rest(self, *, signals: bool = False) -> None:
        """Time passes and reconcile comes, without faults, until no run is under way."""
        self.faults.next_fault = lambda _number, _name: None
        for round_ in range(40):
            self.go_on()
            waiting = [each for each in self.runs() if each.status in UNDER_WAY or each.status == "paused"]
            if not waiting:
                return
            for each in waiting:
                if each.status == "paused":
                    self.resume(each.run_id)
                elif signals:
                    self.signal(each.run_id, f"last {each.run_id} {round_}")
            self.clock.sleep(301 if round_ < 20 else 7 * 3600)
            self.reconcile()

    # What must hold ----------------------------------------------------------------------------------------------

    def runs(self) -> list[Any]:
        """The states of all runs that are in the store."""
        table = self.stores.table
        found = [self.stores.runs.state(each) for each in self._run_ids(table)]
        return [each for each in found if each is not None]

    def _run_ids(self, table: Any) -> list[str]:
        client = table._client
        items = client.scan(TableName=table._name, ProjectionExpression="pk, sk")["Items"]
        return sorted(item["pk"]["S"].removeprefix("RUN#") for item in items if item["sk"]["S"] == "STATE")

    def check(self, *, limit: int = 10, ends: frozenset[str] = frozenset({"completed"})) -> None:
        """No run lost or stuck, no effect twice, no slot leaked or too many, the queue empty, every event once."""
        states = self.runs()
        told = f"{self.faults.made} {[(each.run_id, each.status, each.error) for each in states]}"
        assert {each.run_id for each in states} >= set(self.accepted), f"a run was lost: {told}"
        assert {each.status for each in states} <= ends, f"a run did not end as it should: {told}"
        assert self.most_at_once <= limit, f"{self.most_at_once} at once: {told}"
        for group in {self.workflow, DEPLOYMENT, *self.stores.slots.groups(self.workflow, 100)}:
            assert not self.stores.slots.get(group).held, f"a slot leaked: {told}"
            assert not self.stores.slots.queued(group, 10), f"the queue is not empty: {told}"
        for name, times in self.body.begun.items():
            assert times <= 1 + self.body.spoiled[name] + self.body.failed[name], (
                f"{name} took effect {times} times: {told}"
            )
        for each in states:
            self._check_events(each.run_id, told)
            given = [
                s for inbox in InboxStore(self.stores.table).all(each.run_id).values() for s in inbox.given.values()
            ]
            assert len(given) == len(set(given)), f"a signal ended two waits: {told}"
        for execution in self.machines.executions.values():
            assert execution.status != "RUNNING", f"an execution goes on: {told}"

    def _check_events(self, run_id: str, told: str) -> None:
        ports = EventPorts(self.stores.runs, self.stores.values, self.clock)
        place, places, kinds = None, [], []
        for _ in range(20):
            found = news(run_id, place, ports)
            places += [each.place for each in found.told]
            kinds += [(each.kind, each.key, each.step) for each in found.told]
            if found.is_done:
                break
            place = places[-1] if places else None
            self.clock.sleep(30)
        else:
            raise AssertionError(f"the story of {run_id} never ends: {told}")
        assert places == sorted(set(places)), f"events twice or out of order: {told}"
        settled = Counter(each for each in kinds if each[0] in ("step_completed", "step_skipped"))
        assert not [each for each, times in settled.items() if times > 1], f"a step settled twice: {kinds} {told}"


def one_fault(number: int, kind: Kind) -> Callable[[int, str], Kind | None]:
    return lambda call, _name: kind if call == number else None


def some_faults(chosen: random.Random, share: float, kinds: tuple[Kind, ...]) -> Callable[[int, str], Kind | None]:
    return lambda _call, _name: chosen.choice(kinds) if chosen.random() < share else None
