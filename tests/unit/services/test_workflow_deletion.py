"""Deleting a workflow: which runs are cancelled, by whom, and when."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from fakes.samples import a_run, a_state, a_version, a_workflow
from fakes.stores import FakeRuns
from fakes.workflows import FakeDeleted, FakeWorkflows
from fakes.world import FakeMachines, FakeTell
from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Unavailable
from stepweave.services.clearance import CANCELLED_AT_ONCE, ClearancePorts, clear_deleted
from stepweave.services.reconcile import MARGIN
from stepweave.services.workflow_deletion import DeletePorts, DeleteWorkflow, delete_workflow
from stepweave.services.workflow_writes import WritePorts

ME = Caller("key_1", "write")
FORCED = DeleteWorkflow(force=True)
RUNS = 3 * CANCELLED_AT_ONCE - 1


class Stage:
    """A workflow with many runs that are active, at a time that passes with each cancel."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 14, tzinfo=UTC)
        self.workflows, self.runs = FakeWorkflows(), FakeRuns()
        self.workflows.create(a_workflow(), a_version())
        for number in range(RUNS):
            run_id = f"run_{number:04}"
            self.runs.create(a_run(id=run_id), a_state(run_id=run_id))
        self.cancelled: list[tuple[str, str]] = []
        self.broken = False
        self.clearance = ClearancePorts(
            FakeDeleted(self.workflows),
            self.runs,
            FakeMachines(),
            lambda run_id: self.cancel(run_id, "reconcile", None),
            FakeTell(),
            self.clock,
        )
        write = WritePorts(self.workflows, self.clock, lambda _: None, lambda: 0.5)
        self.ports = DeletePorts(write, self.clearance, self.cancel)

    def clock(self) -> datetime:
        return self.now

    def cancel(self, run_id: str, by: str, why: object) -> None:
        if self.broken:
            raise Unavailable("Step Functions")
        self.now += timedelta(seconds=0.1)
        if not self.runs.finish(a_state(run_id=run_id, status="cancelled")):
            raise Conflict("over", code="run_finished")
        self.cancelled.append((run_id, by))

    def active(self) -> int:
        return len(self.runs.active("wf_1", RUNS))

    def swept(self, **time: float) -> int:
        return clear_deleted(self.clearance, self.now + timedelta(**time))


@pytest.fixture
def stage():
    return Stage()


def test_active_runs_keep_a_workflow_and_are_not_touched(stage):
    with pytest.raises(Conflict, match=rf"{RUNS} active runs.*force=true"):
        delete_workflow(ME, "wf_1", DeleteWorkflow(), stage.ports)
    assert stage.workflows.get("wf_1") is not None
    assert stage.cancelled == []


def test_the_request_cancels_some_in_its_name_and_reconcile_all_the_others(stage):
    delete_workflow(ME, "wf_1", FORCED, stage.ports)
    assert stage.workflows.get("wf_1") is None
    assert Counter(by for _, by in stage.cancelled) == {"key_1": CANCELLED_AT_ONCE}
    stage.now += timedelta(minutes=1)
    assert stage.swept(minutes=10) == 1
    assert stage.active() == 0
    assert len({run_id for run_id, _ in stage.cancelled}) == len(stage.cancelled) == RUNS


def test_who_has_no_time_left_goes_on_in_the_next_invocation(stage):
    delete_workflow(ME, "wf_1", FORCED, stage.ports)
    stage.now += timedelta(minutes=1)
    stage.swept(seconds=MARGIN.total_seconds() + 1)
    assert stage.active() == RUNS - 2 * CANCELLED_AT_ONCE
    assert stage.swept(minutes=10) == 0
    stage.now += timedelta(minutes=1)
    stage.swept(minutes=10)
    assert stage.active() == 0


def test_a_deletion_stands_also_when_no_run_can_be_cancelled_now(stage):
    stage.broken = True
    delete_workflow(ME, "wf_1", FORCED, stage.ports)
    assert (stage.workflows.get("wf_1"), stage.active()) == (None, RUNS)
    stage.broken = False
    stage.swept(minutes=10)
    assert stage.active() == 0


def test_a_run_that_ends_by_itself_meanwhile_stops_nothing(stage):
    runs = stage.runs.active("wf_1", RUNS)
    stage.runs.active = lambda workflow_id, limit, after="": [each for each in runs if each.run_id > after][:limit]
    stage.runs.finish(a_state(run_id="run_0000", status="completed"))
    delete_workflow(ME, "wf_1", FORCED, stage.ports)
    assert len(stage.cancelled) == CANCELLED_AT_ONCE - 1
