"""Workflows and runs as their use cases give them, with every port in memory."""

from dataclasses import replace

import pytest

from fakes.samples import NOW, a_step
from fakes.stores import FakeIdempotencyKeys, FakePlans, FakeRuns, FakeSlots, FakeValues
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeMachines, FakeTell
from stepweave.compiler.emit import Targets
from stepweave.compozy.source import with_source
from stepweave.domain.api_key import Caller
from stepweave.domain.run import Fail, Rerun, Value
from stepweave.errors import Conflict, Invalid, NotFound, Unavailable
from stepweave.services.admission import AdmissionPorts
from stepweave.services.approval_links import Approval, ApprovalLinks
from stepweave.services.executions import DispatchPorts
from stepweave.services.listing import ListQuery, RunFilters, WorkflowFilters
from stepweave.services.machines import MachinePorts, Release, remaker
from stepweave.services.runs import (
    ReadPorts,
    get_run,
    list_runs,
    run_input,
    run_output,
    step_output,
)
from stepweave.services.start import StartPorts, StartRun, start_run
from stepweave.services.waits import QueuePorts
from stepweave.services.workflow_creation import CreatePorts, create_workflow
from stepweave.services.workflow_writes import WritePorts
from stepweave.services.workflows import (
    CreateWorkflow,
    get_workflow,
    list_workflows,
    validate_definition,
)

ME = Caller("key_1", "write")
FETCH = {"id": "fetch", "type": "script", "config": {"language": "shell", "source": "true"}}
SEND = {"id": "send", "type": "script", "config": {"language": "shell", "source": "true"}, "depends_on": ["fetch"]}
DEFINITION = {"name": "Fetch and send", "steps": [FETCH, SEND], "tags": ["etl"]}


class Stage:
    def __init__(self, role_arn="arn:role"):
        self.workflows, self.runs, self.machines = FakeWorkflows(), FakeRuns(), FakeMachines()
        self.plans, self.values, self.clock, self.tell = FakePlans(), FakeValues(), FakeClock(), FakeTell()
        self.slots = FakeSlots(self.workflows.workflows)
        self.numbers = iter(range(1, 99))
        self.keys, self.cancelled = FakeIdempotencyKeys(), []
        self.base = None
        queue = QueuePorts(self.slots, self.workflows)
        links = ApprovalLinks(lambda: bytes(32), "")
        self.reading = ReadPorts(self.runs, self.plans, self.values, self.clock, queue, links)
        self.release(role_arn)

    def release(self, role_arn):
        release = Release("stepweave", Targets("arn:step"), role_arn, "")
        machine = MachinePorts(self.workflows, self.plans, self.machines, release, self.clock)
        dispatch = DispatchPorts(
            self.workflows, self.slots, self.runs, self.machines, remaker(machine), self.tell, self.clock
        )
        admission = AdmissionPorts(dispatch, lambda run_id, why: self.cancelled.append((run_id, why.code)))
        self.ports = StartPorts(admission, machine, self.values, self.keys, self.new_id, self.clock, 2)

    def new_id(self, prefix):
        return f"{prefix}_{next(self.numbers)}"

    def create(self, definition=DEFINITION, **request):
        asked = CreateWorkflow(definition, **request)
        write = WritePorts(self.workflows, self.clock, self.clock.sleep, lambda: 0.5)
        return create_workflow(ME, asked, CreatePorts(write, FakeIdempotencyKeys(), self.new_id)).workflow

    def start(self, ref, **request):
        return start_run(ME, ref, StartRun(**request), self.ports).state

    def read(self, run_id):
        return get_run(run_id, self.base, ports=self.reading)


@pytest.fixture
def stage():
    return Stage()


def test_a_workflow_is_stored_as_sent_with_its_first_version(stage):
    workflow = stage.create(slug="fetch")
    assert (workflow.name, workflow.version, workflow.status, workflow.tags) == (
        "Fetch and send",
        1,
        "active",
        ("etl",),
    )
    assert (workflow.created_by, workflow.created_at) == ("key_1", NOW)
    found, version = get_workflow("fetch", workflows=stage.workflows)
    assert (found, version.definition, version.change_summary) == (workflow, DEFINITION, "Initial version")


def test_tags_of_the_request_take_the_place_of_the_definitions(stage):
    assert stage.create(tags=(" b ", "a", "b", "")).tags == ("b", "a")


def test_an_invalid_definition_is_refused_with_every_problem_and_nothing_is_stored(stage):
    with pytest.raises(Invalid) as error:
        stage.create({"name": "", "steps": [{**SEND, "extra": 1}]})
    places = ["/definition/name", "/definition/steps/0/depends_on/0", "/definition/steps/0/extra"]
    assert sorted(fault.path for fault in error.value.faults) == places
    assert not stage.workflows.workflows


def test_validation_says_the_published_sentence():
    problems = validate_definition({"name": "x", "steps": [{**SEND, "id": "notify"}]})
    assert [problem.message for problem in problems] == ["Step 'notify' depends on 'fetch' which doesn't exist"]
    assert problems[0].path == "/steps/0/depends_on/0"


def test_workflows_are_listed(stage):
    created = stage.create()
    page = list_workflows(WorkflowFilters(), ListQuery(), workflows=stage.workflows)
    assert (list(page.rows), page.total) == ([created], 1)


@pytest.mark.parametrize("ref", ["wf_9", "no-such-slug"])
def test_an_unknown_workflow_is_not_found(stage, ref):
    for use in (lambda: get_workflow(ref, workflows=stage.workflows), lambda: stage.start(ref)):
        with pytest.raises(NotFound):
            use()


def test_a_run_starts_on_the_machine_of_the_current_version(stage):
    workflow = stage.create()
    state = stage.start(workflow.id, input_data={"n": 1}, labels={"team": "a"})
    assert stage.machines.started() == [f"{state.run_id}-1"]
    assert (state.workflow_version, state.limit) == (1, 2)
    run = stage.read(state.run_id)
    assert (run["input_data"], run["labels"], run["trigger"]) == ({"n": 1}, {"team": "a"}, "manual")


def test_the_machine_of_a_version_is_made_once(stage):
    workflow = stage.create()
    stage.start(workflow.id)
    machines = dict(stage.machines.machines)
    stage.machines.ensure = lambda *_: pytest.fail("made again")
    stage.start(workflow.id)
    assert stage.machines.machines == machines


def test_a_new_release_makes_a_machine_of_its_own(stage):
    workflow = stage.create()
    first = stage.start(workflow.id)
    stage.release("arn:other-role")
    assert stage.start(workflow.id).machine_arn != first.machine_arn


def test_the_name_of_a_machine_fits_and_tells_stack_workflow_and_version(stage):
    name = stage.start(stage.create().id).machine_arn.rpartition(":")[2]
    assert name.startswith("stepweave-wf_1-v1-")
    assert len(name) <= 80


def test_a_plan_tells_the_tools_that_the_document_of_its_definition_names_for_its_steps(stage):
    document = {"tasks": [{"id": "fetch", "tool": "shop"}, {"id": "no_step", "tool": "shop"}]}
    state = stage.start(stage.create(with_source(DEFINITION, document)).id)
    steps = stage.plans.get(state.workflow_id, state.plan_key)["steps"]
    assert {name: step.get("tool_id") for name, step in steps.items()} == {"fetch": "shop", "send": None}


def test_the_limit_of_the_definition_goes_before_the_deployments(stage):
    workflow = stage.create({**DEFINITION, "config": {"concurrency": {"limit": 7}}})
    assert stage.start(workflow.id).limit == 7


def test_a_named_version_is_run_and_an_unknown_one_is_not_found(stage):
    workflow = stage.create()
    assert stage.start(workflow.id, version=1).workflow_version == 1
    with pytest.raises(NotFound) as error:
        stage.start(workflow.id, version=2)
    assert error.value.code == "version_not_found"


@pytest.mark.parametrize(
    ("status", "trigger", "runs"),
    [
        ("active", "schedule", True),
        ("draft", "manual", True),
        ("draft", "nightly import", True),
        ("draft", "schedule", False),
        ("paused", "manual", False),
        ("archived", "manual", False),
    ],
)
def test_what_may_start_depends_on_the_workflows_status(stage, status, trigger, runs):
    workflow = stage.create(status=status)
    if runs:
        assert stage.start(workflow.id, trigger=trigger).status == "queued"
        return
    with pytest.raises(Conflict) as error:
        stage.start(workflow.id, trigger=trigger)
    assert error.value.code == "workflow_not_runnable"
    assert not stage.runs.runs


def test_a_run_is_accepted_also_when_step_functions_does_not_answer(stage):
    workflow = stage.create()

    def throttled(*_):
        raise Unavailable("Step Functions")

    stage.machines.start = throttled
    state = stage.start(workflow.id)
    assert stage.runs.state(state.run_id).status == "queued"
    assert stage.tell.outcomes() == ["run_start_delayed"]
    # It may have been started, and only the answer was lost.
    assert stage.slots.get(workflow.id).held == {f"{state.run_id}-1"}


def test_an_error_after_a_run_was_stored_does_not_refuse_it(stage):
    workflow = stage.create()

    def broken(*_, **__):
        raise RuntimeError("throttled")

    stage.slots.take = broken
    assert stage.runs.state(stage.start(workflow.id).run_id).status == "queued"
    assert stage.tell.outcomes() == ["run_start_delayed"]


def test_of_a_run_that_has_ended_what_waits_or_was_cut_off_is_cancelled(stage):
    run_id = stage.start(stage.create().id).run_id
    later = "2026-11-02T09:30:00.000Z"
    stage.runs.put_step(a_step(run_id=run_id, status="waiting"), was=None)
    stage.runs.put_step(a_step(run_id=run_id, key="send", step_id="send", lease_until=later), was=None)
    stage.runs.finish(replace(stage.runs.state(run_id), status="failed", started_at=NOW, completed_at=NOW))
    shown = {step["step_id"]: step["status"] for step in stage.read(run_id)["step_runs"]}
    assert shown == {"fetch": "cancelled", "send": "running"}
    stage.clock.advance(7200)
    assert {step["status"] for step in stage.read(run_id)["step_runs"]} == {"cancelled"}


def test_what_a_condition_that_failed_the_run_names_is_cancelled_and_not_skipped(stage):
    run_id = stage.start(stage.create().id).run_id
    stage.runs.put_step(a_step(run_id=run_id, status="failed", skipped=("send",)), was=None)
    stage.runs.finish(replace(stage.runs.state(run_id), status="failed", started_at=NOW, completed_at=NOW))
    shown = {step["step_id"]: step["status"] for step in stage.read(run_id)["step_runs"]}
    assert shown == {"fetch": "failed", "send": "cancelled"}


def test_a_running_run_shows_started_steps_first_then_pending_ones(stage):
    run_id = stage.start(stage.create().id).run_id
    stage.runs.admit(run_id, 1, NOW, draw=True)
    stage.runs.put_step(a_step(run_id=run_id, completed_at=None), was=None)
    run = stage.read(run_id)
    assert (run["status"], run["started_at"], run["duration_ms"]) == ("running", NOW, None)
    assert [(step["step_id"], step["status"]) for step in run["step_runs"]] == [
        ("fetch", "running"),
        ("send", "pending"),
    ]


def test_a_run_waits_when_no_step_runs_and_one_waits(stage):
    run_id = stage.start(stage.create().id).run_id
    stage.runs.admit(run_id, 1, NOW, draw=True)
    stage.runs.put_step(a_step(run_id=run_id, status="waiting"), was=None)
    assert stage.read(run_id)["status"] == "waiting"


def resumed(stage, run_id, from_step):
    """A run in its second execution, which was asked to run a step again."""
    state = replace(stage.runs.state(run_id), status="running", execution=2, reruns=(Rerun(2, from_step),))
    stage.runs.states[run_id] = state


@pytest.mark.parametrize("status", ["waiting", "running"])
def test_what_stayed_behind_in_an_earlier_execution_neither_waits_nor_runs(stage, status):
    workflow = stage.create()
    run_id = stage.start(workflow.id).run_id
    stage.runs.put_step(a_step(run_id=run_id, status=status), was=None)
    resumed(stage, run_id, "fetch")
    run = stage.read(run_id)
    assert (run["status"], run["waiting_for"]) == ("running", [])
    assert {step["status"] for step in run["step_runs"]} == {"pending"}


def test_what_was_cut_off_in_an_earlier_execution_keeps_no_run_from_waiting(stage):
    workflow = stage.create()
    run_id = stage.start(workflow.id).run_id
    stage.runs.put_step(a_step(run_id=run_id, status="running"), was=None)
    resumed(stage, run_id, "fetch")
    stage.runs.put_step(a_step(run_id=run_id, key="send", step_id="send", status="waiting", execution=2), was=None)
    ports = {"workflows": stage.workflows, "runs": stage.runs, "values": stage.values}
    rows = list_runs(workflow.id, RunFilters(), ListQuery(), **ports).rows
    assert (stage.read(run_id)["status"], rows[0]["status"]) == ("waiting", "waiting")


def test_a_queued_run_shows_where_it_stands_and_what_it_waits_for(stage):
    workflow = stage.create({**DEFINITION, "config": {"concurrency": {"limit": 1}}})
    stage.start(workflow.id)
    runs = [stage.read(stage.start(workflow.id).run_id) for _ in range(2)]
    assert [run["queue_position"] for run in runs] == [1, 2]
    assert runs[1]["waiting_for"] == [{"kind": "slot", "limit": "workflow", "until": None}]
    assert runs[1]["transitions"] == 0


def test_links_that_decide_waits_are_shown_to_who_may_decide_only(stage):
    ask = {"id": "ask", "type": "wait", "config": {"signal": "go", "message": "Ship it?"}}
    run_id = stage.start(stage.create({**DEFINITION, "steps": [ask]}).id).run_id
    stage.runs.admit(run_id, 1, NOW, draw=True)
    stage.runs.put_step(a_step(run_id=run_id, key="ask", step_id="ask", status="waiting", signal="go"), was=None)
    assert "approval_url" not in stage.read(run_id)["waiting_for"][0]
    stage.base = "https://here"
    url = stage.read(run_id)["waiting_for"][0]["approval_url"]
    assert stage.reading.links.read(url.removeprefix("https://here/approvals/")) == Approval(run_id, "ask")


def test_a_finished_run_shows_what_never_started_as_cancelled_and_what_was_jumped_over_as_skipped(stage):
    run_id = stage.start(stage.create().id).run_id
    error = Fail("script_failed", "It ended with 1", {"exit_code": 1})
    later = "2026-11-02T08:31:23.500Z"
    done = replace(stage.runs.state(run_id), status="failed", started_at=NOW, completed_at=later, error=error)
    stage.runs.finish(done)
    run = stage.read(run_id)
    assert [step["status"] for step in run["step_runs"]] == ["cancelled", "cancelled"]
    assert (run["duration_seconds"], run["duration_ms"]) == (83, 83500)
    assert run["error"] == {"code": "script_failed", "message": "It ended with 1", "details": {"exit_code": 1}}
    stage.runs.put_step(a_step(run_id=run_id, status="completed", skipped=("send",)), was=None)
    assert [step["status"] for step in stage.read(run_id)["step_runs"]] == ["completed", "skipped"]


def test_a_large_output_is_shown_by_reference_and_read_at_its_url(stage):
    run_id = stage.start(stage.create().id).run_id
    large = stage.values.store("runs/x", "x" * 200_000)
    stage.runs.put_step(a_step(run_id=run_id, status="completed", output=large), was=None)
    step = stage.read(run_id)["step_runs"][0]
    assert (step["output"], step["output_url"]) == (None, f"/api/workflows/runs/{run_id}/steps/fetch/output")
    assert step_output(run_id, "fetch", runs=stage.runs, values=stage.values).value == "x" * 200_000


def test_a_row_of_a_list_holds_nothing_large(stage):
    workflow = stage.create()
    run_id = stage.start(workflow.id, input_data={"text": "x" * 20_000}).run_id
    page = list_runs(
        workflow.id, RunFilters(), ListQuery(), workflows=stage.workflows, runs=stage.runs, values=stage.values
    )
    row = page.rows[0]
    assert (row["input_data"], row["input_data_url"]) == (None, f"/api/workflows/runs/{run_id}/input")
    assert stage.read(run_id)["input_data"] == {"text": "x" * 20_000}
    assert run_input(run_id, runs=stage.runs, values=stage.values).value == {"text": "x" * 20_000}


def test_an_answer_gives_by_reference_what_it_has_no_room_for(stage):
    run_id = stage.start(stage.create().id).run_id
    value = Value(inline='"' + "x" * 99_000 + '"', size=99_002)
    for number in range(50):
        key = f"s{number:02d}"
        stage.runs.put_step(a_step(run_id=run_id, key=key, step_id=key, status="completed", output=value), was=None)
    steps = stage.read(run_id)["step_runs"]
    assert sum("output_url" in step for step in steps) == 10


def test_what_belongs_to_an_unknown_run_is_not_found(stage):
    ports = {"runs": stage.runs, "values": stage.values}
    for read in (run_input, run_output, lambda run_id, **ports: step_output(run_id, "fetch", **ports)):
        with pytest.raises(NotFound) as error:
            read("run_9", **ports)
        assert error.value.code == "run_not_found"


def test_a_value_too_large_for_an_answer_is_fetched_from_the_bucket_where_clients_can_reach_it(stage):
    run_id = stage.start(stage.create().id).run_id
    large = stage.values.store("runs/x", "x" * 6_000_000)
    stage.runs.put_step(a_step(run_id=run_id, status="completed", output=large), was=None)
    assert step_output(run_id, "fetch", runs=stage.runs, values=stage.values).value == "x" * 6_000_000
    stage.values.links = True
    assert step_output(run_id, "fetch", runs=stage.runs, values=stage.values).link == "https://bucket/runs/x"


def test_outputs_that_are_not_there_are_not_found(stage):
    run_id = stage.start(stage.create().id).run_id
    with pytest.raises(NotFound):
        step_output(run_id, "fetch", runs=stage.runs, values=stage.values)
    with pytest.raises(NotFound):
        run_output(run_id, runs=stage.runs, values=stage.values)
    with pytest.raises(NotFound):
        stage.read("run_9")


def test_the_output_of_a_run_is_read_whole(stage):
    run_id = stage.start(stage.create().id).run_id
    stage.runs.finish(replace(stage.runs.state(run_id), status="completed", output=Value(inline="[1]", size=3)))
    assert run_output(run_id, runs=stage.runs, values=stage.values).value == [1]


def test_runs_are_listed_newest_first_without_their_steps(stage):
    workflow = stage.create()
    ids = [stage.start(workflow.id).run_id for _ in range(2)]
    page = list_runs(
        workflow.id, RunFilters(), ListQuery(), workflows=stage.workflows, runs=stage.runs, values=stage.values
    )
    assert [row["id"] for row in page.rows] == ids[::-1]
    assert "step_runs" not in page.rows[0]


def test_a_machine_that_vanished_is_made_again_from_its_version(stage):
    workflow = stage.create()
    stage.start(workflow.id)
    stage.machines.machines.clear()
    state = stage.start(workflow.id)
    assert stage.machines.started()[-1] == f"{state.run_id}-1"
