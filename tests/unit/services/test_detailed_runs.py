"""Runs with the steps of their plans, and where a run begins."""

from types import SimpleNamespace

import pytest

from fakes.samples import NOW, a_run, a_state, a_step, a_version, a_workflow
from fakes.stores import FakePlans, FakeRuns, FakeValues
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock
from stepweave.errors import Invalid, NotFound
from stepweave.services import detailed_runs as module
from stepweave.services.detailed_runs import detailed_run, list_detailed_runs
from stepweave.services.first_step import require_first
from stepweave.services.listing import ListQuery, RunFilters

PLANNED = {"type": "script", "config": {"source": "true"}, "loops": [], "on_error": "fail"}


@pytest.fixture
def workflows():
    workflows = FakeWorkflows()
    workflows.create(a_workflow(slug="fetch"), a_version())
    return workflows


@pytest.fixture
def ports():
    ports = SimpleNamespace(runs=FakeRuns(), plans=FakePlans(), values=FakeValues(), clock=FakeClock())
    ports.plans.put("wf_1", "plan1", {"steps": {"fetch": PLANNED}, "awaits": {}, "forks": []})
    for number in (1, 2, 3):
        ports.runs.create(a_run(id=f"run_{number}"), a_state(run_id=f"run_{number}"))
        ports.runs.put_step(a_step(run_id=f"run_{number}"), was=None)
    return ports


def test_a_run_comes_with_the_steps_of_its_plan(ports):
    found = detailed_run("run_2", ports=ports)
    assert (found.view["id"], found.view["step_runs"][0]["started_at"]) == ("run_2", NOW)
    assert found.steps == {"fetch": PLANNED}
    with pytest.raises(NotFound):
        detailed_run("run_9", ports=ports)


@pytest.mark.parametrize("ref", ["fetch", "wf_1", None])
def test_runs_are_listed_newest_first_with_their_steps(ports, workflows, ref):
    page = list_detailed_runs(ref, RunFilters(), ListQuery(limit=2), workflows=workflows, ports=ports)
    assert [(row.view["id"], len(row.view["step_runs"])) for row in page.rows] == [("run_3", 1), ("run_2", 1)]
    assert page.total == 3
    rest = ListQuery(limit=2, cursor=page.next_cursor)
    assert [
        row.view["id"] for row in list_detailed_runs(ref, RunFilters(), rest, workflows=workflows, ports=ports).rows
    ] == ["run_1"]


def test_a_page_whose_runs_do_not_fit_into_an_answer_ends_early_and_none_is_lost(ports, workflows, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_BYTES", 100)
    query, seen = ListQuery(limit=3), []
    while True:
        page = list_detailed_runs(None, RunFilters(), query, workflows=workflows, ports=ports)
        seen.append([row.view["id"] for row in page.rows])
        if page.next_cursor is None:
            break
        query = ListQuery(limit=3, cursor=page.next_cursor)
    assert seen == [["run_3"], ["run_2"], ["run_1"]]


def test_a_run_that_is_gone_by_the_time_it_is_read_is_left_out(ports, workflows):
    get = ports.runs.get
    ports.runs.get = lambda run_id, *, nested: None if run_id == "run_2" else get(run_id, nested=nested)
    page = list_detailed_runs(None, RunFilters(), ListQuery(), workflows=workflows, ports=ports)
    assert [row.view["id"] for row in page.rows] == ["run_3", "run_1"]


def test_a_run_may_be_told_to_begin_where_it_begins_anyway():
    step = {"type": "wait", "config": {"seconds": 1}}
    a, b = {**step, "id": "a"}, {**step, "id": "b", "depends_on": ["a"]}
    workflows = FakeWorkflows()
    workflows.create(a_workflow(), a_version(definition={"name": "x", "steps": [b, a]}))
    require_first("wf_1", "a", "/task_id", workflows=workflows)
    with pytest.raises(Invalid) as error:
        require_first("wf_1", "b", "/task_id", workflows=workflows)
    assert (error.value.faults[0].path, "here 'a'" in error.value.faults[0].message) == ("/task_id", True)


def test_of_several_first_steps_none_is_taken_alone():
    step = {"type": "wait", "config": {"seconds": 1}}
    workflows = FakeWorkflows()
    steps = [{**step, "id": "a"}, {**step, "id": "b"}]
    workflows.create(a_workflow(), a_version(definition={"name": "x", "steps": steps}))
    with pytest.raises(Invalid):
        require_first("wf_1", "a", "/task_id", workflows=workflows)
    with pytest.raises(NotFound):
        require_first("wf_2", "a", "/task_id", workflows=workflows)
