"""A wait that a signal ends, from its own side, with every port in memory."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from fakes.plans import a_plan_step
from stepweave.domain.inbox import MOST_HELD, Inbox, Signal, post, wait_name
from stepweave.domain.run import Intent, Rerun, Value
from stepweave.services.inboxes import change
from stepweave.services.moments import moment_of
from stepweave.services.signal_waits import LONGEST_TASK, park
from stepweave.services.signals import RunStopped, StepBusy, StepFailed
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, SignalEntry
from unit.services.test_step_runs import Stage

TOKEN = "first"


class Asking(Stage):
    def __init__(self, **config):
        step = a_plan_step("ask", type="wait", config={"signal": "go", **config}, on_error="fail")
        super().__init__(step)
        self.inboxes = self.ports.inboxes

    def enter(self, *, collects=False, execution=1):
        entry = Entry("run_1", execution, "wf_1", 1, "plan1", "", "ask", collects)
        return enter_step(entry, Invocation(next(self.owners), self.clock() + timedelta(minutes=15)), self.ports)

    def park(self, token=TOKEN, execution=1):
        park(SignalEntry("run_1", execution, "wf_1", "plan1", "", "ask", token), self.ports)

    def send(self, signal="sig_1", payload="7"):
        value = Value(inline=payload, size=len(payload))
        self.inboxes.keep(Signal(signal, "run_1", "go", value, "2026-11-02T08:00:00.000Z", "key_1"))
        change(self.inboxes, "run_1", "go", partial(post, signal=signal))

    @property
    def wait(self):
        return self.record("ask")

    @property
    def inbox(self):
        return self.inboxes.get("run_1", "go")

    @property
    def woken(self):
        return self.ports.machines.sent


def test_a_wait_fixes_its_name_its_question_and_its_time_when_it_is_first_entered():
    stage = Asking(signal="go {{ input.n }}", message="Release {{ input.n }}?", timeout_seconds=90)
    told = stage.enter()
    assert (stage.wait.status, stage.wait.signal, stage.wait.message) == ("waiting", "go 1.5", "Release 1.5?")
    assert moment_of(stage.wait.due_at) - stage.clock() == timedelta(seconds=90)
    assert told == {"until": stage.wait.due_at, "seconds": 90}
    stage.clock.sleep(60)
    assert stage.enter() == told | {"seconds": 30}
    assert [event.kind for event in stage.wait.story] == ["step_started", "step_waiting"]


def test_without_a_time_it_waits_as_long_as_a_state_may():
    assert Asking().enter()["seconds"] == LONGEST_TASK


@pytest.mark.parametrize("name", ["{{ input.n }}", "{{ '' }}", "{{ ' go' }}"])
def test_what_is_no_name_of_a_signal_fails_the_step(name):
    stage = Asking(signal=name)
    with pytest.raises(StepFailed):
        stage.enter()
    assert (stage.wait.status, stage.wait.error.code) == ("failed", "invalid_config")


def test_a_run_that_holds_too_many_waits_and_signals_of_a_name_fails_the_step():
    stage = Asking()
    signals = tuple(f"sig_{number}" for number in range(MOST_HELD))
    change(stage.inboxes, "run_1", "go", lambda inbox: replace(inbox, signals=signals))
    with pytest.raises(StepFailed):
        stage.enter()
    assert stage.wait.error.code == "too_many_signals"


def test_a_parked_wait_leaves_its_token_before_it_can_be_given_anything():
    stage = Asking()
    stage.enter()
    stage.park()
    assert stage.inbox.waits == (wait_name(stage.wait),)
    assert stage.woken == []


def test_a_signal_that_came_before_lets_the_wait_go_on_as_soon_as_it_parks():
    stage = Asking()
    stage.send()
    stage.enter()
    stage.park()
    assert stage.woken == ["first"]
    stage.enter(collects=True)
    assert (stage.wait.status, stage.values.load(stage.wait.output)) == ("completed", 7)


def test_a_wait_that_parks_again_lets_go_whoever_parked_before():
    stage = Asking()
    stage.enter()
    stage.park()
    stage.send()
    stage.park("second")
    assert stage.woken == ["first", "second"]


def test_a_wait_of_an_execution_that_is_to_stop_does_not_park():
    stage = Asking()
    stage.enter()
    stage.runs.states["run_1"] = replace(stage.runs.state("run_1"), intent=Intent("cancel", "now", "me"))
    with pytest.raises(RunStopped):
        stage.park()
    assert stage.inbox == Inbox()


def test_when_its_time_is_over_it_leaves_the_inbox_and_fails():
    stage = Asking(timeout_seconds=60)
    stage.enter()
    stage.park()
    stage.clock.sleep(61)
    with pytest.raises(StepFailed):
        stage.enter(collects=True)
    assert (stage.wait.error.code, stage.inbox.waits) == ("timeout", ())
    stage.send()
    assert stage.inbox.signals == ("sig_1",)


def test_a_signal_that_was_given_to_it_counts_also_after_its_time():
    stage = Asking(timeout_seconds=60)
    stage.enter()
    stage.park()
    stage.send()
    stage.clock.sleep(61)
    stage.enter(collects=True)
    assert stage.wait.status == "completed"


def test_who_is_woken_a_little_early_sleeps_for_the_rest_and_who_has_nothing_to_settle_is_busy():
    stage = Asking(timeout_seconds=60)
    stage.enter()
    stage.park()
    with pytest.raises(StepBusy):
        stage.enter(collects=True)
    stage.clock.sleep(50)
    with pytest.raises(StepFailed):
        stage.enter(collects=True)
    assert stage.wait.error.code == "timeout"


def resumed(stage, from_step="ask"):
    before = stage.runs.state("run_1")
    stage.runs.states["run_1"] = replace(before, execution=2, reruns=(Rerun(2, from_step),))
    stage.clock.sleep(10)


def test_a_wait_that_is_to_run_again_waits_for_another_signal():
    stage = Asking()
    stage.send()
    stage.enter()
    stage.park()
    stage.enter(collects=True)
    first = wait_name(stage.wait)
    resumed(stage)
    stage.enter(execution=2)
    stage.park("second", execution=2)
    assert (stage.wait.status, stage.wait.output) == ("waiting", None)
    assert wait_name(stage.wait) != first
    stage.send("sig_2", "8")
    stage.enter(execution=2, collects=True)
    assert stage.values.load(stage.wait.output) == 8
    assert stage.inbox.given == {first: "sig_1", wait_name(stage.wait): "sig_2"}


def test_what_waited_before_the_step_was_to_run_again_gets_no_signal_of_the_new_wait():
    stage = Asking()
    stage.enter()
    stage.park()
    resumed(stage)
    stage.enter(execution=2)
    assert stage.inbox.waits == ()
    stage.park("second", execution=2)
    stage.send()
    assert stage.inbox.given == {wait_name(stage.wait): "sig_1"}
