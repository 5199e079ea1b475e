"""The one schedule of a workflow."""

import pytest

from fakes.samples import a_version, a_workflow
from fakes.schedule_stage import Stage
from stepweave.domain.api_key import Caller
from stepweave.errors import NotFound
from stepweave.services.definition_schedules import schedule_id_of
from stepweave.services.schedules import ChangeSchedule, CreateSchedule, Followed, SchedulePorts, create_schedule
from stepweave.services.schedules import change_schedule as change
from stepweave.services.timetables import Written
from stepweave.services.workflow_schedules import schedule_of, schedules_of_all

ME = Caller("key_1", "write")
BLOCK = {"cron": "0 9 * * *", "jitter": "1m"}


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def ports(stage):
    new_id = stage.ports.new_id
    assert new_id("sched") == schedule_id_of("wf_1")  # which no other schedule gets
    stores = (stage.workflows, stage.schedules, stage.timers, stage.runs)
    return SchedulePorts(*stores, lambda *_: None, new_id, stage.clock, stage.tell)


def make(ports, stage, *, block=None):
    follows = None
    if block:
        version = a_version(definition={"name": "x", "steps": [], "schedule": block})
        stage.workflows.versions["wf_1", 1] = version
        follows = Followed(schedule_id_of("wf_1"), "digest")
    when = Written(cron_expression=block["cron"] if block else "@daily")
    return create_schedule(ME, "wf_1", CreateSchedule(when, jitter_seconds=60 if block else 0), ports, follows=follows)


def test_the_definitions_own_comes_before_others(stage, ports):
    make(ports, stage)
    own = make(ports, stage, block=BLOCK)
    found = schedule_of("wf_1", ports=ports)
    assert (found.shown.schedule.id, found.block, found.is_override) == (own.id, BLOCK, False)
    assert [row.shown.schedule.id for row in schedules_of_all(ports=ports)] == [own.id]


def test_without_one_it_is_the_oldest(stage, ports):
    first, _ = make(ports, stage), make(ports, stage)
    found = schedule_of("wf_1", ports=ports)
    assert (found.shown.schedule.id, found.block, found.is_override) == (first.id, None, False)


@pytest.mark.parametrize(
    "changed",
    [ChangeSchedule({"cron_expression": "@hourly"}), ChangeSchedule(members={"enabled": False})],
)
def test_what_is_not_as_the_definition_says_is_an_override(stage, ports, changed):
    own = make(ports, stage, block=BLOCK)
    change(own.id, changed, ports)
    assert schedule_of("wf_1", ports=ports).is_override
    back = ChangeSchedule({"cron_expression": BLOCK["cron"]}, {"enabled": True})
    change(own.id, back, ports)
    assert not schedule_of("wf_1", ports=ports).is_override


def test_schedules_of_workflows_that_are_gone_are_left_out_and_the_rest_is_by_name(stage, ports):
    for number, slug in ((1, "b"), (2, "a"), (3, None)):
        workflow_id = f"wf_{number}"
        stage.workflows.workflows[workflow_id] = a_workflow(id=workflow_id, slug=slug)
        stage.workflows.versions[workflow_id, 1] = a_version(workflow_id=workflow_id)
        create_schedule(ME, workflow_id, CreateSchedule(Written(cron_expression="@daily")), ports)
    del stage.workflows.workflows["wf_3"]
    assert [row.workflow.slug for row in schedules_of_all(ports=ports)] == ["a", "b"]


def test_what_has_none_is_told_so(stage, ports):
    for ref in ("wf_1", "wf_9", "nothing"):
        with pytest.raises(NotFound, match="schedule"):
            schedule_of(ref, ports=ports)
