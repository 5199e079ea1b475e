from fakes.samples import a_run, a_state, a_version, a_workflow
from fakes.stores import FakeRuns
from fakes.workflows import FakeWorkflows
from stepweave.services.census import census


def test_workflows_are_counted_by_status_and_runs_that_are_not_over():
    workflows, runs = FakeWorkflows(), FakeRuns()
    for number, status in enumerate(("active", "active", "paused")):
        workflow_id = f"wf_{number}"
        workflows.create(a_workflow(id=workflow_id, status=status), a_version(workflow_id=workflow_id))
    for number, status in enumerate(("queued", "running", "completed")):
        runs.create(a_run(id=f"run_{number}"), a_state(run_id=f"run_{number}", status=status))
    found = census(workflows=workflows, runs=runs)
    assert (found.workflows, found.active_runs) == ({"draft": 0, "active": 2, "paused": 1, "archived": 0}, 2)
