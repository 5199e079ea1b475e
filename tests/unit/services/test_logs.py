"""What a step tells and uses while it is at work, and values that it has filled in."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_run, a_state
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import StepRun
from stepweave.domain.secret import Secret
from stepweave.errors import StepError, Unavailable
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.ports import Done, StepContext
from stepweave.services.signals import StepBusy, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts

KEY = "hunter2-hunter2"


class Stage:
    """One agent_task step whose body is the test's."""

    def __init__(self, body: Any, secrets: Any = None, **step: Any) -> None:
        self.clock, self.runs, self.values, self.plans = FakeClock(), FakeRuns(), FakeValues(), FakePlans()
        self.runs.create(a_run(), a_state())
        self.plans.put("wf_1", "plan1", a_plan(a_plan_step("a", **{"type": "agent_task", "config": {}, **step})))
        self.ports = StepPorts(
            runs=self.runs,
            plans=self.plans,
            values=self.values,
            bodies={"agent_task": body},
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            tell=FakeTell(),
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, self.values),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
            secrets=FakeSecrets(secrets or {}),
        )

    def enter(self) -> StepRun:
        entry = Entry("run_1", 1, "wf_1", 1, "plan1", "", "a")
        with suppress(StepFailed):
            enter_step(entry, Invocation("me", self.clock() + timedelta(seconds=900)), self.ports)
        return self.runs.steps["run_1", "a"]


def logs(record: StepRun) -> list[Any]:
    return [dict(event.facts) for event in record.story if event.kind == "log"]


def test_a_message_is_an_event_with_a_number_of_its_own_at_once() -> None:
    stage: Stage

    def body(context: StepContext) -> Done:
        context.log("Thinking", {"turn": 1})
        assert logs(stage.runs.steps["run_1", "a"]) == [{"level": "info", "message": "Thinking", "turn": 1}]
        context.log("Thinking", {"turn": 2})
        return Done("x")

    stage = Stage(body)
    record = stage.enter()
    assert [event.kind for event in record.story] == ["step_started", "log", "log", "step_completed"]
    assert [event.number for event in record.story] == [1, 2, 3, 4]


def test_what_is_told_is_masked_and_short() -> None:
    def body(context: StepContext) -> Done:
        filled = context.fill("{{ secrets.key }}", {})
        assert filled.value == KEY
        text = f"{'x' * 495}{KEY}"
        context.log(f"With {KEY}", {"text": text, "deep": [{KEY: [KEY] * 50}], "n": 1.5})
        return Done(KEY)

    record = Stage(body, {"key": Secret(KEY)}).enter()
    [told] = logs(record)
    assert told["message"] == "With ********"
    assert told["text"] == f"{'x' * 495}*****..."
    assert told["deep"] == [{"********": [*["********"] * 20, "..."]}]
    assert record.output is not None
    assert json.loads(record.output.inline or "") == "********"


def test_usage_adds_up_over_turns_attempts_and_models_and_stays_when_the_step_fails() -> None:
    tries = iter(range(3))

    def body(context: StepContext) -> Done:
        context.spend("m", 10, 3)
        context.spend("other", 1, 1)
        number = next(tries)
        if number == 1:
            context.log("Second", {})
        raise StepError("busy", "no room", kind="throttled")

    retry = {**a_plan_step("a")["retry"], "max_attempts": 3, "on": ["throttled"]}
    record = Stage(body, retry=retry).enter()
    assert (record.status, record.attempt) == ("failed", 3)
    assert record.usage["m"] == {"requests": 3, "input_tokens": 30, "output_tokens": 9}
    assert record.usage["other"] == {"requests": 3, "input_tokens": 3, "output_tokens": 3}


def test_who_was_overtaken_learns_it_when_it_tells_something() -> None:
    """It has no say any more: what it does from then on is of no account, and it ends."""
    stage: Stage

    def body(context: StepContext) -> Done:
        mine = stage.runs.steps["run_1", "a"]
        stage.runs.steps["run_1", "a"] = replace(mine, owner="another")
        context.log("Still here", {})
        raise AssertionError("nobody hears this")

    stage = Stage(body)
    with pytest.raises(StepBusy):
        stage.enter()
    assert stage.runs.steps["run_1", "a"].owner == "another"


def test_without_a_store_the_invocation_ends_and_the_step_stays_its_own() -> None:
    def body(context: StepContext) -> Done:
        raise Unavailable("DynamoDB")

    stage = Stage(body)
    with pytest.raises(Unavailable):
        stage.enter()
    assert stage.runs.steps["run_1", "a"].status == "running"


@pytest.mark.parametrize(
    ("value", "secret", "code"),
    [
        ("{{ secrets.none }}", Secret(KEY), "secret_not_found"),
        ("{{ $lookup(secrets, 'key') }}", Secret(KEY), "secret_not_allowed"),
        ("{{ secrets.key }}", Secret(KEY, workflows=("wf_2",)), "secret_not_allowed"),
        ("{{ secrets.key", Secret(KEY), "expression_syntax"),
        ("{{ nothing }}", Secret(KEY), "expression_no_value"),
    ],
)
def test_a_value_that_cannot_be_filled_in_fails_the_step(value: str, secret: Secret, code: str) -> None:
    record = Stage(lambda context: Done(context.fill(value, {}).value), {"key": secret}).enter()
    assert record.error is not None
    assert record.error.code == code


def test_the_hosts_of_bound_secrets_come_with_the_value() -> None:
    seen = []

    def body(context: StepContext) -> Done:
        seen.append(context.fill({"a": "{{ secrets.key }}", "b": "{{ x }}"}, {"x": 1}))
        return Done(None)

    Stage(body, {"key": Secret(KEY, hosts=("api.example",))}).enter()
    assert seen[0].value == {"a": KEY, "b": 1}
    assert seen[0].hosts == (("api.example",),)
