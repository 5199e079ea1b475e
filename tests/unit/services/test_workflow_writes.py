import pytest

from fakes.samples import a_version, a_workflow
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock
from stepweave.domain.api_key import Caller
from stepweave.errors import Invalid, Unavailable
from stepweave.services import workflow_writes
from stepweave.services.versions import Rollback, roll_back
from stepweave.services.workflow_replacement import ReplaceWorkflow, replace_workflow
from stepweave.services.workflow_status import SetStatus, set_status
from stepweave.services.workflow_writes import WritePorts

ME = Caller("key_2", "write")
STEP = {"id": "a", "type": "wait", "config": {"seconds": 1}}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def workflows():
    found = FakeWorkflows()
    found.create(a_workflow(), a_version(definition={"name": "Fetch", "steps": [STEP]}))
    return found


@pytest.fixture
def told():
    return []


@pytest.fixture
def ports(workflows, clock, told):
    return WritePorts(workflows, clock, clock.sleep, lambda: 0.5, (told.append,))


def test_who_is_overtaken_tries_again_after_a_pause(ports, workflows, clock):
    workflows.overtaken = 3
    workflow, _ = set_status(ME, "wf_1", SetStatus("paused"), ports)
    assert (workflow.status, workflow.rev, workflow.updated_by) == ("paused", 2, "key_2")
    assert clock.slept == [0.005, 0.01, 0.02]


def test_who_is_overtaken_every_time_is_told_to_come_again(ports, workflows, clock):
    workflows.overtaken = 10_000
    with pytest.raises(Unavailable):
        set_status(ME, "wf_1", SetStatus("paused"), ports)
    assert len(clock.slept) == workflow_writes.TRIES
    assert sum(clock.slept) < 10


def test_a_change_is_told_and_one_that_changes_nothing_too(ports, told):
    set_status(ME, "wf_1", SetStatus("paused"), ports)
    set_status(ME, "wf_1", SetStatus("paused"), ports)
    assert [(each.before.status, each.workflow.status) for each in told] == [("active", "paused"), ("paused", "paused")]


def test_time_never_goes_back_in_a_workflow(ports, clock):
    clock.advance(-3_600)
    before = a_workflow().updated_at
    assert set_status(ME, "wf_1", SetStatus("paused"), ports)[0].updated_at == before


def test_an_old_definition_that_is_no_longer_valid_is_not_rolled_back_to(ports, workflows):
    broken = {"name": "Fetch", "steps": [{**STEP, "depends_on": ["absent"]}]}
    workflows.versions["wf_1", 1] = a_version(definition=broken)
    replace_workflow(ME, "wf_1", ReplaceWorkflow({"name": "Second", "steps": [STEP]}), ports)
    before = workflows.workflows["wf_1"]
    with pytest.raises(Invalid) as error:
        roll_back(ME, "wf_1", Rollback(1), ports)
    assert (error.value.code, [fault.path for fault in error.value.faults]) == (
        "definition_invalid",
        ["/definition/steps/0/depends_on/0"],
    )
    assert workflows.workflows["wf_1"] == before


def test_an_invalid_definition_changes_nothing(ports, workflows):
    with pytest.raises(Invalid):
        replace_workflow(ME, "wf_1", ReplaceWorkflow({"name": "x", "steps": []}), ports)
    assert workflows.workflows["wf_1"] == a_workflow()
