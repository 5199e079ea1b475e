"""The time of a loop, which the steps of its items keep to."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from fakes.plans import RETRY, a_plan, a_plan_step
from fakes.samples import a_run, a_state
from fakes.secrets import FakeSecrets
from fakes.stores import FakeInboxes, FakeLatches, FakePlans, FakeRuns, FakeValues
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.adapters.kept_items import KeptItems
from stepweave.domain.run import Value
from stepweave.errors import StepError
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.ports import Done, Wait
from stepweave.services.signals import LoopOver, StepBusy, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts


class Stage:
    """A run of a loop over two items whose time is 100 seconds; its steps do what `bodies` says."""

    def __init__(self, *steps: Any, bodies: Any = None, items: Any = ("x", "y"), **config: Any) -> None:
        self.clock, self.runs, values, plans = FakeClock(), FakeRuns(), FakeValues(), FakePlans()
        self.runs.create(a_run(input_data=Value(inline="{}", size=2)), a_state())
        body = [step["id"] for step in steps if step["loops"] == ["each"]]
        loop_config = {"items": list(items), **config}
        loop = a_plan_step("each", type="loop", config=loop_config, body=body, step_timeout=100.0)
        plans.put("wf_1", "plan1", a_plan(loop, *steps))
        self.seen: list[Any] = []
        self._numbers = count(1)
        self.ports = StepPorts(
            runs=self.runs,
            plans=plans,
            values=values,
            bodies=bodies or {"script": self._work},
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 1.0,
            tell=FakeTell(),
            latches=FakeLatches(),
            machines=FakeMachines(),
            loop_items=KeptItems(self.runs, values),
            secrets=FakeSecrets(),
            inboxes=FakeInboxes(),
            links=ApprovalLinks(lambda: b"key", "https://sw.example"),
        )
        self.enter("each")

    def _work(self, context: Any) -> Done:
        self.seen.append(context)
        return Done(context.step_id)

    def enter(self, step: str, position: str = "", *, collects: bool = False) -> Any:
        entry = Entry("run_1", 1, "wf_1", 1, "plan1", position, step, collects)
        return enter_step(entry, Invocation(f"i{next(self._numbers)}", self.clock() + timedelta(900)), self.ports)

    def record(self, key: str) -> Any:
        return self.runs.steps["run_1", key]


def inside(step_id: str = "in", loops: tuple[str, ...] = ("each",), **more: Any) -> Any:
    return a_plan_step(step_id, loops=list(loops), **more)


def test_no_step_of_an_item_begins_once_the_time_is_over():
    stage = Stage(inside())
    stage.enter("in", "0")
    stage.clock.advance(100)
    with pytest.raises(LoopOver):
        stage.enter("in", "1")
    assert ("run_1", "in@1") not in stage.runs.steps
    assert stage.enter("in", "0") == {}


@pytest.mark.parametrize("on_item_error", ["fail", "continue"])
def test_a_loop_whose_items_had_not_ended_in_its_time_fails_whatever_it_does_about_items(on_item_error: str):
    stage = Stage(inside(), on_item_error=on_item_error)
    stage.enter("in", "0")
    stage.clock.advance(100)
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    record = stage.record("each")
    assert (record.status, record.error.code, record.error.details) == ("failed", "timeout", {"index": 1})
    assert record.error.message == "1 of 2 items had not ended after 100 seconds."


def test_a_loop_whose_items_ended_in_its_time_completes_however_late_it_collects():
    stage = Stage(inside())
    for position in "01":
        stage.enter("in", position)
    stage.clock.advance(500)
    stage.enter("each", collects=True)
    assert stage.record("each").status == "completed"


def test_an_attempt_lasts_no_longer_than_the_loop():
    stage = Stage(inside())
    stage.clock.advance(75)
    stage.enter("in", "0")
    assert stage.seen[0].timeout_seconds == 25


def test_a_wait_ends_with_the_loop_and_fails():
    def wait(context: Any) -> Wait:
        return Wait(context.now + timedelta(hours=1))

    stage = Stage(inside(type="wait"), bodies={"wait": wait})
    assert stage.enter("in", "0") == {"until": "2026-11-02T08:31:40.000Z"}
    stage.clock.advance(100)
    with pytest.raises(StepFailed):
        stage.enter("in", "0")
    assert (stage.record("in@0").status, stage.record("in@0").error.code) == ("failed", "timeout")
    with pytest.raises(StepFailed):
        stage.enter("each", collects=True)
    assert stage.record("each").error.details == {"index": 0}


def test_a_short_wait_that_is_slept_ends_with_the_loop_too():
    stage = Stage(inside(type="wait"), bodies={"wait": lambda context: Wait(context.now + timedelta(hours=1))})
    stage.enter("in", "0")
    stage.clock.advance(95)
    with pytest.raises(StepFailed):
        stage.enter("in", "0")
    assert (sum(stage.clock.slept), stage.record("in@0").error.code) == (5.0, "timeout")


def test_no_attempt_is_waited_for_that_would_begin_after_the_loop():
    def fail(_: Any) -> Done:
        raise StepError("broken", "It is broken.", kind="connection")

    slow = RETRY | {"initial_interval": 1000.0, "maximum_interval": 1000.0}
    stage = Stage(inside(retry=slow), bodies={"script": fail})
    with pytest.raises(StepFailed):
        stage.enter("in", "0")
    error = stage.record("in@0").error
    assert error.code == "timeout"
    assert error.message == "The time of a loop around the step ends before its next attempt. It is broken."


def test_a_step_that_is_at_work_is_not_taken_from_who_works():
    stage = Stage(inside())
    second: list[Any] = []
    stage.clock.advance(50)

    def work(_: Any) -> Done:
        stage.clock.advance(50)
        with pytest.raises(StepBusy):
            stage.enter("in", "0")
        second.append(True)
        return Done(None)

    stage.ports.bodies["script"] = work  # type: ignore[index]
    stage.enter("in", "0")
    assert (second, stage.record("in@0").status) == ([True], "completed")


def test_a_loop_in_a_loop_ends_with_it():
    inner = inside("inner", type="loop", config={"items": [1, 2]}, body=["deep"])
    stage = Stage(inner, inside("deep", ("each", "inner")), inside("after", depends_on=["inner"]))
    stage.enter("inner", "0")
    stage.enter("deep", "0.0")
    stage.clock.advance(100)
    with pytest.raises(LoopOver):
        stage.enter("deep", "0.1")
    with pytest.raises(LoopOver):
        stage.enter("inner", "0")
    with pytest.raises(StepFailed):
        stage.enter("inner", "0", collects=True)
    assert stage.record("inner@0").error.code == "timeout"
