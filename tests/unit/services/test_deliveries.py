"""A webhook's retries over days: short pauses in the function, long ones as waits of the state machine."""

from datetime import timedelta

import pytest

from definitions import definition
from fakes.plans import a_plan
from fakes.samples import a_run, a_state
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.plan import DELIVERY_PAUSES
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.moments import moment_of
from stepweave.services.signals import StepFailed, StepRetryLater
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts
from stepweave.steps.transport import Request, Response
from stepweave.steps.webhook import webhook

HOOK = {"id": "a", "type": "webhook", "config": {"url": "https://hooks.example/", "payload": {"n": 1}}}


class Receiver:
    """Answers with the next of its statuses; the last one again and again."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[Request] = []

    def send(self, request: Request, timeout_seconds: float) -> Response:
        self.got.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(status, {}, b"", "https://hooks.example")


class Stage:
    def __init__(self, receiver: Receiver, **config: object) -> None:
        compiled = compile_definition(definition(HOOK, config=config))
        assert compiled.plan is not None
        self.clock, self.runs, values, plans = FakeClock(), FakeRuns(), FakeValues(), FakePlans()
        self.runs.create(a_run(), a_state())
        plans.put("wf_1", "plan1", a_plan(compiled.plan["steps"]["a"]))
        self.ports = StepPorts(
            runs=self.runs,
            plans=plans,
            values=values,
            bodies={"webhook": webhook(receiver)},
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 0.5,
            tell=FakeTell(),
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, values),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
            secrets=FakeSecrets(),
        )

    def enter(self) -> object:
        entry = Entry("run_1", 1, "wf_1", 1, "plan1", "", "a")
        return enter_step(entry, Invocation(f"i{self.clock.now}", self.clock() + timedelta(seconds=900)), self.ports)

    def until_settled(self) -> list[float]:
        """Enters whenever a state machine would, and gives the seconds that it waited in between."""
        waited: list[float] = []
        while True:
            try:
                self.enter()
            except StepRetryLater as later:
                waited.append((moment_of(str(later)) - self.clock()).total_seconds())
                self.clock.advance(waited[-1])
            except StepFailed:
                return waited
            else:
                return waited

    @property
    def record(self):
        return self.runs.steps["run_1", "a"]


def test_a_receiver_that_never_accepts_is_asked_ten_times_over_three_days() -> None:
    receiver = Receiver(500)
    stage = Stage(receiver)
    waited = stage.until_settled()
    assert sum(stage.clock.slept) == pytest.approx(5 * 1.05)
    assert waited == [pytest.approx(pause * 1.05) for pause in DELIVERY_PAUSES[1:]]
    assert (stage.record.status, stage.record.attempt, stage.record.error.code) == ("failed", 10, "http_status")
    assert len({request.headers["webhook-id"] for request in receiver.got}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.got}) == 10


def test_one_that_accepts_the_third_time_completes_the_step() -> None:
    receiver = Receiver(503, 404, 200)
    stage = Stage(receiver)
    stage.until_settled()
    assert (stage.record.status, stage.record.attempt) == ("completed", 3)
    assert receiver.got[0].headers["webhook-id"] in stage.record.output.inline


def test_one_that_wants_no_more_is_asked_once() -> None:
    receiver = Receiver(410)
    stage = Stage(receiver, retry_policy={"maximum_attempts": 5})
    assert stage.until_settled() == []
    assert (stage.record.error.code, len(receiver.got)) == ("gone", 1)


def test_the_bound_of_the_step_ends_it_earlier() -> None:
    receiver = Receiver(500)
    stage = Stage(receiver, schedule_to_close_timeout="1h")
    assert len(stage.until_settled()) == 2
    assert (stage.record.status, len(receiver.got)) == ("failed", 4)
