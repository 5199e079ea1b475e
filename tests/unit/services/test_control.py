"""Cancel and pause, with every port in memory."""

from dataclasses import replace

import pytest

from fakes.samples import NOW, a_step
from stepweave.domain.run import Fail
from stepweave.errors import Conflict, NotFound, Unavailable
from stepweave.services.control import ControlPorts, cancel_run, pause_run
from stepweave.services.dispatch import take_slot_and_start
from stepweave.services.ports import Execution
from unit.services.test_dispatch import ARN, Stage

STOPPED = Execution("ABORTED", "RunStopped", "")
DONE = Execution("SUCCEEDED")


class Controlled(Stage):
    def __init__(self, **plan):
        super().__init__(**plan)
        self.control = ControlPorts(self.ports, self.clock)

    def run(self, run_id="run_1"):
        """A run whose first step has been admitted."""
        self.start(run_id)
        self.runs.admit(run_id, 1, NOW, draw=True)

    def cancel(self, run_id="run_1", **how):
        return cancel_run(run_id, self.control, by="key_1", **how)

    def pause(self, run_id="run_1"):
        return pause_run(run_id, self.control, by="key_1")

    def ended(self, name="run_1-1"):
        self.finish(name, self.machines.executions[ARN, name])


@pytest.fixture
def stage():
    return Controlled()


def test_a_running_run_is_stopped_and_cancelled_once_its_execution_has_ended(stage):
    stage.run()
    state = stage.cancel()
    assert (state.status, state.intent.kind, state.intent.by) == ("running", "cancel", "key_1")
    assert stage.machines.executions[ARN, "run_1-1"].status == "ABORTED"
    assert stage.runs.admit("run_1", 1, NOW, draw=True) is None
    stage.ended()
    assert (stage.status(), stage.runs.state("run_1").intent, stage.held()) == ("cancelled", None, frozenset())


def test_a_pause_is_the_same_but_for_its_end_and_holds_no_slot(stage):
    stage.run()
    assert stage.pause().intent.kind == "pause"
    stage.ended()
    state = stage.runs.state("run_1")
    assert (state.status, state.completed_at, state.intent, stage.held()) == ("paused", None, None, frozenset())
    assert stage.pause() == state


def test_asked_twice_the_answer_is_the_same(stage):
    stage.run()
    assert stage.cancel() == stage.cancel()
    stage.run("run_2")
    assert stage.pause("run_2") == stage.pause("run_2")


def test_a_cancel_takes_the_place_of_a_pause_and_not_the_other_way_round(stage):
    stage.run()
    stage.pause()
    assert stage.cancel().intent.kind == "cancel"
    assert stage.pause().intent.kind == "cancel"
    stage.ended()
    assert stage.status() == "cancelled"


@pytest.mark.parametrize(("stop", "status"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_queued_run_leaves_the_queue_and_ends_at_once(stage, stop, status):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    state = getattr(stage, stop)("run_3")
    assert (state.status, state.started_at) == (status, None)
    assert list(stage.slots.queued("wf_1", 9)) == []
    stage.finish("run_1-1")
    assert "run_3-1" not in stage.machines.started()


def test_a_run_that_no_step_was_admitted_to_ends_at_once_and_the_next_one_starts(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    assert stage.cancel("run_1").status == "cancelled"
    assert stage.held() == {"run_2-1", "run_3-1"}
    assert stage.machines.executions[ARN, "run_1-1"].status == "ABORTED"
    stage.ended()
    assert stage.status() == "cancelled"


def test_a_dispatcher_that_comes_late_gives_the_slot_back(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    waiting = stage.runs.state("run_3")
    take_slot = stage.slots.take

    def overtaken(*what, **how):
        taken = take_slot(*what, **how)
        stage.cancel("run_3")
        return taken

    stage.slots.free("wf_1", "run_1-1")
    stage.slots.take = overtaken
    assert take_slot_and_start(waiting, stage.dispatch, past_queue=True)
    assert (stage.status("run_3"), stage.held()) == ("cancelled", {"run_2-1"})
    assert "run_3-1" not in stage.machines.started()


def test_a_paused_run_is_cancelled_at_once(stage):
    stage.run()
    stage.pause()
    stage.ended()
    assert (stage.cancel().status, stage.status()) == ("cancelled", "cancelled")


@pytest.mark.parametrize("stop", ["cancel", "pause"])
def test_what_is_over_or_unknown_cannot_be_stopped(stage, stop):
    stage.run()
    stage.finish()
    with pytest.raises(Conflict) as refused:
        getattr(stage, stop)()
    assert refused.value.code == "run_finished"
    with pytest.raises(NotFound):
        getattr(stage, stop)("run_9")


def test_the_error_of_a_cancelled_run_is_what_the_canceller_gave(stage):
    why = Fail("workflow_deleted", "Its workflow was deleted.")
    stage.run()
    stage.cancel(why=why)
    stage.ended()
    assert stage.runs.state("run_1").error == why


def test_a_run_that_came_to_its_end_before_it_could_be_paused_is_completed(stage):
    stage.run()
    stage.pause()
    stage.finish(execution=DONE)
    assert stage.status() == "completed"


def test_a_run_that_failed_before_it_could_be_paused_has_failed(stage):
    stage.run()
    stage.runs.put_step(a_step(status="failed", error=Fail("http_status", "500")), was=None)
    stage.pause()
    stage.finish(execution=Execution("FAILED", "StepFailed"))
    assert stage.status() == "failed"


def test_a_cancel_stands_even_if_the_run_came_to_its_end_meanwhile(stage):
    stage.run()
    stage.cancel()
    stage.finish(execution=DONE)
    assert stage.status() == "cancelled"


def test_a_step_that_was_not_admitted_is_as_good_as_a_stop(stage):
    stage.run()
    stage.pause()
    stage.finish(execution=Execution("FAILED", "RunStopped"))
    assert stage.status() == "paused"


def test_a_cancel_that_comes_while_a_pause_is_being_written_is_not_lost(stage):
    stage.run()
    stage.pause()
    finish = stage.runs.finish

    def overtaken(final, **how):
        stage.runs.finish = finish
        stage.cancel()
        return finish(final, **how)

    stage.runs.finish = overtaken
    stage.ended()
    assert stage.status() == "cancelled"


def test_an_intent_that_was_written_and_no_more_is_carried_out_by_reconcile(stage):
    stage.run()

    def throttled(*_):
        raise Unavailable("Step Functions")

    stop, stage.machines.stop = stage.machines.stop, throttled
    assert stage.cancel().intent.kind == "cancel"
    assert "run_stop_delayed" in stage.tell.outcomes()
    stage.machines.stop = stop
    stage.later()
    stage.later(6)
    assert (stage.status(), stage.held()) == ("cancelled", frozenset())


def test_a_run_that_is_to_stop_and_whose_execution_has_vanished_is_ended(stage):
    stage.run()
    stage.runs.intend("run_1", replace(stage.pause().intent), NOW)
    stage.machines.executions.clear()
    stage.later()
    assert (stage.status(), stage.machines.started()) == ("paused", [])
