"""Resume, deletion and bulk cancel, with every port in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_step, a_version
from fakes.stores import FakeValues
from stepweave.compiler.emit import Targets
from stepweave.domain.run import Fail, Rerun, Value
from stepweave.errors import Conflict, Invalid, NotFound, Unavailable, VersionIncompatible
from stepweave.services.bulk_cancel import CancelRuns, cancel_runs
from stepweave.services.compatibility import incompatible_steps
from stepweave.services.deletion import delete_run
from stepweave.services.machines import MachinePorts, Release
from stepweave.services.ports import Execution, Story
from stepweave.services.reconcile import reconcile
from stepweave.services.resume import Resume, ResumePorts, resume_run
from stepweave.services.run_views import run_row
from unit.services.test_control import Controlled


def definition(*names):
    config = {"language": "shell", "source": "true"}
    return {"name": "v", "steps": [{"id": each, "type": "script", "config": config} for each in names]}


class Resumed(Controlled):
    """A run whose step `fetch` has completed and whose step `send` has failed it."""

    def __init__(self):
        super().__init__()
        release = Release("stepweave", Targets("arn:step", "arn:agent"), "arn:role", "")
        self.machine = MachinePorts(self.workflows, self.plans, self.machines, release, self.clock)
        self.resumes = ResumePorts(self.ports, self.machine, self.clock)
        self.run()
        self.put("fetch", "completed", output=Value(inline="7", size=1))
        self.put("send", "failed", error=Fail("http_status", "500"))
        self.finish(execution=Execution("FAILED", "StepFailed"))

    def put(self, step_id, status, **facts):
        self.runs.put_step(a_step(key=step_id, step_id=step_id, status=status, completed_at=NOW, **facts), was=None)

    def version(self, number, *names):
        self.workflows.versions["wf_1", number] = a_version(number=number, definition=definition(*names))

    def resume(self, run_id="run_1", **request):
        return resume_run(run_id, Resume(**request), self.resumes)


@pytest.fixture
def stage():
    return Resumed()


def test_a_run_goes_on_as_its_next_execution(stage):
    assert stage.status() == "failed"
    state = stage.resume()
    assert (state.status, state.execution, state.error, state.output, state.completed_at) == (
        "queued",
        2,
        None,
        None,
        None,
    )
    assert stage.machines.inputs["run_1-2"]["execution"] == 2
    assert stage.held() == {"run_1-2"}
    assert stage.runs.state("run_1").told[-1].kind == "run_resumed"


def test_a_resumed_run_queues_like_any_other(stage):
    for run_id in ("run_2", "run_3"):
        stage.start(run_id)
    assert stage.resume().status == "queued"
    assert "run_1-2" not in stage.machines.started()
    stage.finish("run_2-1")
    assert stage.machines.started()[-1] == "run_1-2"


def test_a_resumed_run_that_queues_shows_no_start(stage):
    state = replace(stage.runs.state("run_1"), started_at=NOW)
    shown = [
        run_row(Story(a_run(), replace(state, status=status), ()), FakeValues()) for status in ("queued", "running")
    ]
    assert [row["started_at"] for row in shown] == [None, NOW]


def test_of_two_that_resume_at_once_one_wins(stage):
    resume = stage.runs.resume

    def overtaken(*what, **how):
        stage.runs.resume = resume
        stage.resume(from_step="fetch")
        return resume(*what, **how)

    stage.runs.resume = overtaken
    with pytest.raises(Conflict) as refused:
        stage.resume()
    assert refused.value.code == "run_active"
    assert stage.runs.state("run_1").reruns == (Rerun(2, "fetch"),)


@pytest.mark.parametrize("status", ["queued", "running", "waiting"])
def test_a_run_under_way_is_not_resumed(stage, status):
    stage.runs.states["run_1"] = replace(stage.runs.states["run_1"], status=status)
    with pytest.raises(Conflict) as refused:
        stage.resume()
    assert refused.value.code == "run_active"


@pytest.mark.parametrize("status", ["paused", "failed", "cancelled", "timed_out", "completed"])
def test_every_other_run_is(stage, status):
    stage.runs.states["run_1"] = replace(stage.runs.states["run_1"], status=status)
    assert stage.resume().execution == 2


def test_what_is_not_there_is_named(stage):
    with pytest.raises(NotFound):
        stage.resume("run_9")
    with pytest.raises(NotFound):
        stage.resume(version=9)
    with pytest.raises(Invalid) as refused:
        stage.resume(from_step="nowhere")
    assert [fault.path for fault in refused.value.faults] == ["/from_step"]
    assert stage.status() == "failed"


def test_a_run_whose_workflow_was_deleted_stays_as_it_is(stage):
    stage.workflows.workflows.clear()
    with pytest.raises(Conflict) as refused:
        stage.resume()
    assert refused.value.code == "workflow_deleted"


def test_it_is_accepted_though_step_functions_does_not_answer(stage):
    def throttled(*_):
        raise Unavailable("Step Functions")

    stage.machines.start, start = throttled, stage.machines.start
    assert stage.resume().status == "queued"
    stage.machines.start = start
    stage.later(2)
    assert "run_1-2" in stage.machines.started()


def test_a_version_that_lacks_or_changes_what_has_finished_is_refused_and_changes_nothing(stage):
    stage.version(2, "send")
    with pytest.raises(VersionIncompatible) as refused:
        stage.resume(version=2)
    assert [fault.message for fault in refused.value.faults] == [
        "Step 'fetch' has finished, and the version has no such step."
    ]
    assert stage.runs.state("run_1").execution == 1


def test_a_version_may_change_what_has_not_finished_or_is_to_run_again(stage):
    stage.version(2, "fetch", "other")
    with pytest.raises(VersionIncompatible):
        stage.resume(version=2)
    state = stage.resume(version=2, from_step="fetch")
    assert (state.workflow_version, state.reruns) == (2, (Rerun(2, "fetch"),))
    assert state.plan_key != "plan1"


def test_a_change_of_meaning_is_named_and_a_change_of_retries_is_none():
    old = a_plan(a_plan_step("a"), a_plan_step("b"), a_plan_step("c"))
    new = a_plan(
        a_plan_step("a", attempt_timeout=1.0),
        a_plan_step("b", config={"x": 1}, depends_on=["a"]),
    )
    assert [fault.message for fault in incompatible_steps({"a", "b", "c"}, old, new)] == [
        "Step 'b' has finished, and the version changes its config, depends_on.",
        "Step 'c' has finished, and the version has no such step.",
    ]


def test_another_input_is_taken_only_where_nothing_that_used_the_first_is_kept(stage):
    with pytest.raises(Invalid) as refused:
        stage.resume(input_data={"n": 2})
    assert [fault.path for fault in refused.value.faults] == ["/input_data"]
    stage.resume(input_data={"n": 2}, from_step="fetch")
    assert stage.runs.runs["run_1"].input_data == Value(inline='{"n":2}', size=7)


def test_another_input_is_checked_with_its_defaults_by_the_version_that_the_run_goes_on_with(stage):
    page = {"type": "object", "properties": {"page": {"type": "string"}, "size": {"default": 10}}, "required": ["page"]}
    for number, schema in ((1, None), (2, page)):
        asked = definition("fetch", "send") | ({"config": {"input": schema}} if schema else {})
        stage.workflows.versions["wf_1", number] = a_version(number=number, definition=asked)
    with pytest.raises(Invalid) as refused:
        stage.resume(input_data={"page": 1}, from_step="fetch", version=2)
    assert [fault.path for fault in refused.value.faults] == ["/input_data/page"]
    assert stage.status() == "failed"
    stage.resume(input_data={"page": "/"}, from_step="fetch", version=2)
    assert stage.runs.runs["run_1"].input_data.inline == '{"page":"/","size":10}'


# Deletion ------------------------------------------------------------------------------------------------------------


def remove(stage, run_id="run_1"):
    delete_run(run_id, runs=stage.runs, values=stage.values, clock=stage.clock)


def test_a_run_that_is_over_is_deleted_with_all_that_it_left(stage):
    stage.values.large = {"runs/run_1/x.json": "1", "runs/run_10/x.json": "2"}
    remove(stage)
    assert (stage.runs.runs, stage.runs.states, stage.runs.steps, stage.runs.checks) == ({}, {}, {}, {})
    assert stage.values.large == {"runs/run_10/x.json": "2"}
    with pytest.raises(NotFound):
        remove(stage)


def test_an_active_run_is_not_deleted(stage):
    stage.resume()
    with pytest.raises(Conflict) as refused:
        remove(stage)
    assert refused.value.code == "run_active"


def test_a_deletion_that_was_cut_off_is_done_by_reconcile_and_seen_by_nobody_meanwhile(stage):
    def unreachable(_prefix):
        raise Unavailable("S3")

    stage.values.remove, works = unreachable, stage.values.remove
    remove(stage)
    assert stage.runs.get("run_1", nested=0) is None
    with pytest.raises(NotFound):
        stage.resume()
    stage.values.remove = works
    reconcile(stage.ports, stage.clock, stage.clock() + timedelta(minutes=4))
    assert stage.runs.states == {}


# Bulk cancel ---------------------------------------------------------------------------------------------------------


def cancelled(stage, **wanted):
    return list(cancel_runs("wf_1", CancelRuns(**wanted), stage.control, by="key_1").run_ids)


def test_active_runs_are_cancelled_by_status_and_label_and_age(stage):
    for run_id in ("run_2", "run_3", "run_4"):
        stage.start(run_id)
    stage.runs.create(a_run(id="run_5", labels={"team": "b"}), a_state(run_id="run_5"))
    stage.runs.admit("run_2", 1, NOW, draw=True)
    assert cancelled(stage, labels={"team": "b"}) == ["run_5"]
    assert cancelled(stage, older_than=0.0, labels={"team": "c"}) == []
    assert cancelled(stage, statuses=["running"]) == ["run_2"]
    assert cancelled(stage, after="run_3") == ["run_4"]
    assert cancelled(stage) == ["run_2", "run_3"]


def test_runs_younger_than_asked_are_left_alone(stage):
    made = "run_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"
    stage.runs.create(a_run(id=made), a_state(run_id=made))
    age = (stage.clock() - timedelta(seconds=0)).timestamp()
    assert cancelled(stage, older_than=age) == []
    assert cancelled(stage, older_than=0.0) == [made]
