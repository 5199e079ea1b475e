"""The step runs of a run, a page at a time."""

from dataclasses import replace

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_run, a_state, a_step
from fakes.stores import FakePlans, FakeRuns, FakeSlots, FakeValues
from fakes.world import FakeClock
from stepweave.domain.run import Rerun
from stepweave.errors import Invalid, NotFound
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.runs import ReadPorts
from stepweave.services.step_lists import LOOKED_AT, StepQuery, list_step_runs
from stepweave.services.waits import QueuePorts


class Stage:
    def __init__(self, items=3, **state):
        self.runs, plans = FakeRuns(), FakePlans()
        plans.put("wf_1", "plan1", a_plan(a_plan_step("each", type="loop"), a_plan_step("in", loops=["each"])))
        self.runs.create(a_run(), a_state(status="running", **state))
        for number in range(items):
            self.put(f"in@{number}", status="failed" if number % 2 else "completed")
        queue, links = QueuePorts(FakeSlots({}), None), ApprovalLinks(lambda: bytes(32), "")
        self.ports = ReadPorts(self.runs, plans, FakeValues(), FakeClock(), queue, links)

    def put(self, key, **changes):
        self.runs.put_step(a_step(key=key, step_id=key.partition("@")[0], **changes), was=None)

    def page(self, run_id="run_1", **query):
        return list_step_runs(run_id, StepQuery(**query), ports=self.ports)

    def all(self, **query):
        rows, cursor, pages = [], None, 0
        while True:
            page = self.page(**query, cursor=cursor)
            rows += [f"{row['step_id']}@{row.get('iteration', '')}" for row in page.rows]
            cursor, pages = page.next_cursor, pages + 1
            if cursor is None:
                return rows, pages


def test_every_step_run_is_listed_once_also_of_more_than_a_run_shows():
    stage = Stage(items=2_500)
    stage.put("each")
    rows, pages = stage.all(limit=200)
    assert rows[0] == "each@"
    assert sorted(rows[1:]) == sorted(f"in@{number}" for number in range(2_500))
    assert pages == 13


def test_they_are_found_by_step_and_by_status():
    stage = Stage(items=5)
    stage.put("each")
    assert stage.all(step_id="each")[0] == ["each@"]
    assert stage.all(status="failed", limit=1)[0] == ["in@1", "in@3"]
    assert stage.all(step_id="in", status="completed", limit=2)[0] == ["in@0", "in@2", "in@4"]


def test_a_page_that_finds_little_ends_and_says_where_to_go_on():
    stage = Stage(items=LOOKED_AT + 300)
    assert (stage.page(status="waiting", limit=200).rows, stage.all(status="waiting", limit=200)) == ([], ([], 2))


def test_what_an_earlier_execution_left_behind_is_not_listed():
    stage = Stage(execution=2, reruns=(Rerun(2, "each"),))
    assert stage.all()[0] == []


def test_of_a_run_that_has_ended_what_waits_is_cancelled():
    stage = Stage(items=0)
    stage.put("in@0", status="waiting")
    stage.runs.finish(replace(stage.runs.state("run_1"), status="failed", completed_at=NOW))
    assert [row["status"] for row in stage.page(status="cancelled").rows] == ["cancelled"]


def test_unknown_runs_and_steps_are_told():
    stage = Stage()
    with pytest.raises(NotFound):
        stage.page(run_id="run_9")
    with pytest.raises(Invalid):
        stage.page(step_id="inn")
