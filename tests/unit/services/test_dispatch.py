"""Dispatch, finish and reconcile: the life of runs around their steps, with every port in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_step, a_version, a_workflow
from fakes.stores import FakePlans, FakeRuns, FakeSlots, FakeValues
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.domain.run import Fail, Value
from stepweave.domain.workflow import Machine
from stepweave.errors import Unavailable
from stepweave.ids import ulid
from stepweave.services.dispatch import admit_run
from stepweave.services.executions import DispatchPorts
from stepweave.services.finish import FinishPorts, finish_run
from stepweave.services.moments import text_of
from stepweave.services.ports import Execution
from stepweave.services.reconcile import next_check, reconcile

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
DONE = Execution("SUCCEEDED")


class Stage:
    """A workflow with room for two runs at once."""

    def __init__(self, **plan):
        self.workflows, self.runs, self.machines = FakeWorkflows(), FakeRuns(), FakeMachines()
        self.plans, self.values, self.clock, self.tell = FakePlans(), FakeValues(), FakeClock(), FakeTell()
        self.slots = FakeSlots(self.workflows.workflows)
        self.workflows.create(a_workflow(), a_version())
        self.machines.ensure("m", "{}")
        self.plans.put("wf_1", "plan1", a_plan(a_plan_step("fetch"), a_plan_step("send"), **plan))
        self.remade = []
        self.dispatch = DispatchPorts(
            self.workflows, self.slots, self.runs, self.machines, self.remake, self.tell, self.clock
        )
        self.ports = FinishPorts(self.dispatch, self.plans, self.values, lambda _state: 0)

    def remake(self, workflow_id, number):
        self.remade.append((workflow_id, number))
        return Machine(self.machines.ensure("again", "{}"), "plan1", "release")

    def start(self, run_id="run_1"):
        state = a_state(run_id=run_id, machine_arn=ARN)
        self.runs.create(a_run(id=run_id), state)
        admit_run(state, self.dispatch)

    def finish(self, name="run_1-1", execution=DONE):
        finish_run(name, execution, text_of(self.clock()), self.ports)

    def status(self, run_id="run_1"):
        return self.runs.state(run_id).status

    def held(self):
        return self.slots.get("wf_1").held

    def later(self, minutes=1):
        self.clock.advance(minutes * 60)
        return reconcile(self.ports, self.clock, self.clock() + timedelta(minutes=4))


@pytest.fixture
def stage():
    return Stage()


def test_a_run_starts_at_once_while_a_slot_is_free(stage):
    stage.start()
    assert stage.machines.started() == ["run_1-1"]
    assert stage.machines.inputs["run_1-1"] == {
        "run_id": "run_1",
        "execution": 1,
        "workflow_id": "wf_1",
        "version": 1,
        "plan": "plan1",
        "position": "",
    }


def test_a_run_over_the_limit_queues_and_starts_when_a_slot_is_freed(stage):
    for run_id in ("run_1", "run_2", "run_3", "run_4"):
        stage.start(run_id)
    assert stage.machines.started() == ["run_1-1", "run_2-1"]
    stage.finish("run_2-1")
    assert stage.machines.started() == ["run_1-1", "run_2-1", "run_3-1"]
    assert stage.held() == {"run_1-1", "run_3-1"}
    assert list(stage.slots.queued("wf_1", 9)) == ["run_4"]


def test_a_new_run_does_not_overtake_those_that_queue(stage):
    for run_id in ("run_1", "run_2", "run_4"):
        stage.start(run_id)
    stage.slots.free("wf_1", "run_1-1")
    stage.start("run_5")
    assert stage.machines.started() == ["run_1-1", "run_2-1", "run_4-1"]


def test_the_queue_mark_goes_when_the_queue_is_empty(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    for name in ("run_1-1", "run_2-1"):
        stage.finish(name)
    assert not stage.slots.get("wf_1").has_queue


def test_a_queue_entry_of_a_run_that_is_over_is_passed_by(stage):
    for run_id in ("run_1", "run_2", "run_3", "run_4"):
        stage.start(run_id)
    stage.runs.states["run_3"] = replace(stage.runs.states["run_3"], status="cancelled")
    stage.finish("run_1-1")
    assert stage.machines.started()[-1] == "run_4-1"
    assert list(stage.slots.queued("wf_1", 9)) == []


def test_a_run_that_was_started_and_left_in_a_queue_leaves_it_with_its_next_check(stage):
    stage.start()
    stage.slots.enqueue("wf_1", "run_1")
    stage.later()
    assert list(stage.slots.queued("wf_1", 9)) == []
    assert stage.held() == {"run_1-1"}


def test_a_run_whose_machine_has_vanished_gets_it_again(stage):
    stage.machines.machines.clear()
    stage.start()
    assert stage.remade == [("wf_1", 1)]
    assert stage.runs.state("run_1").machine_arn.endswith(":again")
    assert stage.machines.started() == ["run_1-1"]


def test_a_machine_that_cannot_be_made_again_leaves_the_run_to_reconcile(stage):
    stage.machines.machines.clear()
    stage.machines.ensure = lambda _name, _asl: "arn:aws:states:eu-west-1:123456789012:stateMachine:nowhere"
    with pytest.raises(Unavailable):
        stage.start()
    assert stage.status() == "queued"


def test_the_output_of_a_run_is_that_of_its_completed_steps(stage):
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(inline="7", size=1), completed_at=NOW), was=None)
    stage.runs.put_step(a_step(key="send", step_id="send", status="skipped", completed_at=NOW), was=None)
    stage.finish()
    assert stage.status() == "completed"
    assert stage.values.load(stage.runs.state("run_1").output) == {"fetch": {"output": 7}}


def test_a_large_output_of_a_step_stands_in_the_runs_output_by_reference(stage):
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(ref="runs/x", size=200_000)), was=None)
    stage.finish()
    fetched = stage.values.load(stage.runs.state("run_1").output)["fetch"]
    assert fetched == {"output": None, "output_url": "/api/workflows/runs/run_1/steps/fetch/output"}


def test_declared_outputs_are_evaluated():
    stage = Stage(outputs={"n": "{{ steps.fetch.output * input.n }}", "sent": "{{ steps.send.status }}"})
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(inline="7", size=1)), was=None)
    stage.runs.put_step(a_step(key="send", step_id="send", status="skipped"), was=None)
    stage.finish()
    assert stage.values.load(stage.runs.state("run_1").output) == {"n": 10.5, "sent": "skipped"}


def test_outputs_that_cannot_be_evaluated_fail_the_run():
    stage = Stage(outputs={"n": "{{ steps.fetch.output.absent }}"})
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(inline="7", size=1)), was=None)
    stage.finish()
    assert (stage.status(), stage.runs.state("run_1").error.code) == ("failed", "output_expression")


def test_a_failed_run_names_the_step_that_failed_it(stage):
    stage.start()
    failed = a_step(status="failed", error=Fail("http_status", "It answered 500", {"status_code": 500}))
    stage.runs.put_step(failed, was=None)
    stage.finish(execution=Execution("FAILED", "StepFailed", ""))
    error = stage.runs.state("run_1").error
    assert (error.code, error.message) == ("http_status", "Step 'fetch' failed: It answered 500")
    assert error.details == {"step_id": "fetch", "status_code": 500}


def test_an_execution_that_failed_by_itself_says_what_step_functions_said(stage):
    stage.start()
    stage.finish(execution=Execution("FAILED", "States.Runtime", "no such path"))
    error = stage.runs.state("run_1").error
    assert (error.code, error.details) == ("execution_failed", {"error": "States.Runtime"})


@pytest.mark.parametrize(("ended", "status"), [("TIMED_OUT", "timed_out"), ("ABORTED", "cancelled")])
def test_other_ends_have_statuses_of_their_own(stage, ended, status):
    stage.start()
    stage.finish(execution=Execution(ended))
    assert stage.status() == status


def test_news_of_an_end_that_comes_twice_changes_nothing_the_second_time(stage):
    stage.start()
    stage.finish()
    stage.finish(execution=Execution("FAILED"))
    assert stage.status() == "completed"
    assert stage.tell.outcomes().count("run_finished") == 1


def test_late_news_of_an_older_execution_frees_its_slot_and_leaves_the_run_alone(stage):
    stage.start()
    stage.runs.states["run_1"] = replace(stage.runs.states["run_1"], execution=2)
    stage.slots.take("wf_1", "run_1-2", 2)
    stage.finish("run_1-1", Execution("FAILED"))
    assert stage.status() == "queued"
    assert stage.held() == {"run_1-2"}


def test_a_slot_that_an_earlier_try_did_not_free_is_freed_by_the_next(stage):
    stage.start()
    stage.runs.finish(replace(stage.runs.state("run_1"), status="completed"))
    stage.finish()
    assert stage.held() == frozenset()


@pytest.mark.parametrize("name", ["run_9-1", "somebody-else", "run_1"])
def test_the_end_of_an_execution_that_is_no_runs_changes_nothing(stage, name):
    stage.start()
    stage.finish(name)
    assert stage.status() == "queued"


def test_reconcile_leaves_a_running_run_alone_and_looks_less_often(stage):
    stage.start()
    assert [len(stage.later().seen) for _ in range(3)] == [1, 0, 0]
    assert "run_repaired" not in stage.tell.outcomes()


def test_a_start_is_told_once_with_the_time_it_queued(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    stage.finish("run_1-1")
    stage.later()
    started = [facts for outcome, facts in stage.tell.told if outcome == "run_started"]
    assert [facts["run_id"] for facts in started] == ["run_1", "run_2", "run_3"]
    assert all(facts["queued_seconds"] >= 0 for facts in started)


def test_reconcile_tells_how_long_the_oldest_run_queues_which_is_no_repair(stage):
    ids = [f"run_{ulid(int(stage.clock().timestamp() * 1000) - ago * 1000, 0)}" for ago in (0, 90, 60)]
    for run_id in ids[:1]:
        stage.start("run_1")
        stage.start(run_id)
    for run_id in ids[1:]:
        stage.start(run_id)
    healed = stage.later(minutes=6)
    assert (healed.oldest_queued, healed.repaired) == (90 + 360, 0)
    [told] = [facts for outcome, facts in stage.tell.told if outcome == "reconciled"]
    assert told["oldest_queued_seconds"] == 450


def test_reconcile_tells_of_no_queue_while_none_queues_or_the_workflow_rests(stage):
    stage.start()
    assert stage.later().oldest_queued is None
    for run_id in ("run_2", "run_3", "run_4"):
        stage.start(run_id)
    stage.workflows.workflows["wf_1"] = replace(stage.workflows.workflows["wf_1"], status="paused")
    assert stage.later(minutes=6).oldest_queued is None


def test_checks_come_ever_more_rarely_up_to_six_hours():
    assert [next_check(checks) for checks in (0, 1, 4)] == [timedelta(minutes=each) for each in (1, 2, 16)]
    assert next_check(10_000) == timedelta(hours=6)


def test_reconcile_finishes_a_run_whose_event_was_lost(stage):
    stage.start()
    stage.machines.executions[ARN, "run_1-1"] = DONE
    assert stage.later().repaired == 1
    assert (stage.status(), stage.held()) == ("completed", frozenset())


def test_reconcile_starts_a_run_that_was_stored_and_no_more(stage):
    stage.runs.create(a_run(), a_state(machine_arn=ARN))
    stage.later()
    assert (stage.machines.started(), stage.held()) == (["run_1-1"], {"run_1-1"})


def test_reconcile_starts_a_run_that_had_its_slot_and_no_execution(stage):
    stage.runs.create(a_run(), a_state(machine_arn=ARN))
    stage.slots.take("wf_1", "run_1-1", 2)
    stage.later()
    assert stage.machines.started() == ["run_1-1"]


def test_reconcile_starts_again_an_execution_that_has_vanished(stage):
    stage.start()
    stage.runs.admit("run_1", 1, NOW, draw=True)
    stage.machines.executions.clear()
    stage.later()
    assert stage.machines.started() == ["run_1-1"]


def test_reconcile_frees_slots_that_leaked(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    stage.runs.finish(replace(stage.runs.state("run_1"), status="completed"))
    stage.slots.take("wf_1", "run_gone-1", 3, past_queue=True)
    stage.later()
    assert stage.machines.started() == ["run_1-1", "run_2-1", "run_3-1"]
    assert stage.held() == {"run_2-1", "run_3-1"}


def test_reconcile_puts_a_run_back_into_the_queue_that_fell_out_of_it(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    stage.slots.dequeue("wf_1", "run_3")
    stage.later()
    assert list(stage.slots.queued("wf_1", 9)) == ["run_3"]


def test_reconcile_goes_on_with_the_others_when_one_run_cannot_be_healed(stage):
    stage.runs.create(a_run(id="run_0"), a_state(run_id="run_0", machine_arn="arn:gone"))
    stage.runs.create(a_run(), a_state(machine_arn=ARN))
    stage.dispatch = replace(stage.dispatch, remake=lambda *_: (_ for _ in ()).throw(LookupError("no version")))
    stage.ports = replace(stage.ports, dispatch=stage.dispatch)
    assert len(stage.later().seen) == 2
    assert "run_1-1" in stage.machines.started()
    assert "run_not_repaired" in stage.tell.outcomes()


def test_a_failed_run_names_the_step_that_nothing_handled_and_the_loop_before_what_is_in_it():
    steps = [a_plan_step("calm", on_error="continue"), a_plan_step("in", loops=["each"]), a_plan_step("each")]
    stage = Stage(steps={step["id"]: step for step in steps})
    stage.start()
    for second, key in enumerate(("calm", "in@1", "each")):
        failed = a_step(
            key=key,
            step_id=key.partition("@")[0],
            status="failed",
            completed_at=f"2026-11-02T08:30:0{second}.000Z",
            error=Fail(f"{key}_broke", "It broke.", {"step_id": "in"}),
        )
        stage.runs.put_step(failed, was=None)
    stage.finish(execution=Execution("FAILED", "StepFailed"))
    error = stage.runs.state("run_1").error
    assert (error.code, error.message) == ("each_broke", "Step 'each' failed: It broke.")
    assert error.details == {"step_id": "each"}


def poisoned(stage):
    """A stage on which one run's machine has vanished and cannot be made again."""

    def remake(*_):
        raise LookupError("no version")

    stage.dispatch = replace(stage.dispatch, remake=remake)
    stage.ports = replace(stage.ports, dispatch=stage.dispatch)
    stage.runs.create(a_run(id="run_0"), a_state(run_id="run_0", machine_arn="arn:gone"))
    return stage


def test_a_run_that_cannot_be_started_blocks_no_other_and_holds_no_slot(stage):
    for run_id in ("run_1", "run_2"):
        stage.start(run_id)
    poisoned(stage)
    stage.slots.enqueue("wf_1", "run_0")
    stage.start("run_3")
    stage.finish("run_1-1")
    assert stage.machines.started()[-1] == "run_3-1"
    assert stage.held() == {"run_2-1", "run_3-1"}
    assert "run_not_started" in stage.tell.outcomes()


def test_a_run_that_cannot_be_started_is_failed_in_the_end(stage):
    poisoned(stage)
    for _ in range(20):
        stage.later(10)
    assert (stage.status("run_0"), stage.runs.state("run_0").error.code) == ("failed", "start_failed")
    assert stage.held() == frozenset()


def test_the_queue_stays_as_it_is_while_step_functions_does_not_answer(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)

    def throttled(*_):
        raise Unavailable("Step Functions")

    start, stage.machines.start = stage.machines.start, throttled
    stage.finish("run_1-1")
    assert list(stage.slots.queued("wf_1", 9)) == ["run_3"]
    # It may have been started, and only the answer was lost: to free its slot could let one too many run.
    assert stage.held() == {"run_2-1", "run_3-1"}
    stage.machines.start = start
    stage.finish("run_2-1")
    assert stage.machines.started()[-1] == "run_3-1"


def test_no_slot_stays_with_a_run_that_ended_while_it_was_handed_out(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    take_slot = stage.slots.take

    def overtaken(workflow_id, name, limit, **how):
        stage.runs.finish(replace(stage.runs.state("run_3"), status="completed"))
        return take_slot(workflow_id, name, limit, **how)

    stage.slots.take = overtaken
    stage.finish("run_1-1")
    assert stage.held() == {"run_2-1"}
    assert "run_3-1" not in stage.machines.started()


def test_the_slot_of_an_ended_execution_is_free_also_when_its_run_cannot_be_finished(stage):
    stage.start()
    stage.runs.admit("run_1", 1, NOW, draw=True)
    stage.plans.plans.clear()
    with pytest.raises(KeyError):
        stage.finish()
    assert stage.held() == frozenset()
    for _ in range(20):
        stage.machines.executions[ARN, "run_1-1"] = DONE
        stage.later(120)
    assert (stage.status(), stage.runs.state("run_1").error.code) == ("failed", "internal")


def test_an_output_that_cannot_be_stored_fails_the_run(stage):
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(inline="1e999", size=5)), was=None)
    stage.finish()
    assert (stage.status(), stage.runs.state("run_1").error.code) == ("failed", "output_not_json")


def test_only_what_the_outputs_refer_to_is_loaded():
    stage = Stage(outputs={"n": "{{ steps.fetch.output }}"})
    stage.start()
    stage.runs.put_step(a_step(status="completed", output=Value(inline="7", size=1)), was=None)
    stage.runs.put_step(a_step(key="send", step_id="send", status="completed", output=Value(ref="gone")), was=None)
    stage.finish()
    assert stage.values.load(stage.runs.state("run_1").output) == {"n": 7}


def test_outputs_that_are_too_many_for_one_answer_stand_in_it_by_reference():
    steps = [a_plan_step(f"s{number:02d}") for number in range(50)]
    stage = Stage()
    stage.plans.plans.clear()
    stage.plans.put("wf_1", "plan1", a_plan(*steps))
    stage.start()
    for step in steps:
        output = Value(inline='"' + "x" * 99_000 + '"', size=99_002)
        stage.runs.put_step(a_step(key=step["id"], step_id=step["id"], status="completed", output=output), was=None)
    stage.finish()
    outputs = stage.values.load(stage.runs.state("run_1").output)
    assert sum("output_url" in each for each in outputs.values()) == 10


def test_reconcile_ends_before_its_invocation_does(stage):
    for number in range(5):
        stage.runs.create(a_run(id=f"run_{number}"), a_state(run_id=f"run_{number}", machine_arn=ARN))
    stage.clock.advance(60)
    check = stage.machines.execution

    def slow(arn, name):
        stage.clock.advance(20)
        return check(arn, name)

    stage.machines.execution = slow
    assert len(reconcile(stage.ports, stage.clock, stage.clock() + timedelta(seconds=60)).seen) == 2


def test_a_queued_run_is_looked_after_every_few_minutes(stage):
    for run_id in ("run_1", "run_2", "run_3"):
        stage.start(run_id)
    for _ in range(10):
        stage.later(5)
    assert stage.runs.checks["run_3"] <= text_of(stage.clock() + timedelta(minutes=5))
