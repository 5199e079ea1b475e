from dataclasses import replace

import pytest

from fakes.samples import a_version, a_workflow
from fakes.schedule_stage import Stage
from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Fault, Invalid, NotFound, Unavailable
from stepweave.services.definition_schedules import follow_workflow, schedule_id_of
from stepweave.services.listing import ListQuery
from stepweave.services.schedules import (
    ChangeSchedule,
    CreateSchedule,
    SchedulePorts,
    change_schedule,
    create_schedule,
    delete_schedule,
    get_schedule,
    list_schedules,
    next_times,
    written,
)
from stepweave.services.timetables import Written
from stepweave.services.workflow_changes import Changed

CALLER = Caller("key_1", "write")
DAILY = CreateSchedule(Written("0 9 * * *", timezone="Europe/Berlin"), {"dataset": "daily"})
BLOCK = {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin", "jitter": "2m", "input": {"n": 1}}


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def ports(stage):
    fires = stage.ports

    def check(definition, given):
        if "bad" in given:
            raise Invalid([Fault("/input_data/bad", "no")])

    parts = (fires.workflows, fires.schedules, fires.timers, fires.runs, check, fires.new_id, fires.clock, fires.tell)
    return SchedulePorts(*parts)


@pytest.fixture
def daily(ports):
    return create_schedule(CALLER, "wf_1", DAILY, ports).id


def test_a_new_schedule_has_its_timers_and_says_when_it_fires(ports, stage, daily):
    shown = get_schedule(daily, ports)
    assert stage.timers.made[daily] == shown.schedule
    assert shown.next_run_at.isoformat() == "2026-11-03T09:00:00+01:00"
    assert (shown.last_status, shown.schedule.created_by, shown.schedule.source) == (None, "key_1", "api")


def test_the_status_of_its_last_run_is_shown(ports, stage):
    stage.add()
    stage.tick()
    stage.end("run_1", "failed")
    assert get_schedule("sched_1", ports).last_status == "failed"


@pytest.mark.parametrize("answers", [True, False])
def test_a_schedule_without_timers_is_taken_back(ports, stage, answers):
    stage.timers.room, stage.timers.answers = 0, answers
    with pytest.raises(Conflict if answers else Unavailable):
        create_schedule(CALLER, "wf_1", DAILY, ports)
    assert stage.schedules.schedules == {}


@pytest.mark.parametrize("given", [{"bad": 1}, {"text": "ö" * 6000}])
def test_input_that_no_run_could_take_is_refused(ports, stage, given):
    with pytest.raises(Invalid) as caught:
        create_schedule(CALLER, "wf_1", replace(DAILY, input_data=given), ports)
    assert caught.value.faults[0].path.startswith("/input_data")
    assert stage.schedules.schedules == {}


def test_a_change_changes_what_was_sent_alone(ports, stage, daily):
    shown = change_schedule(daily, ChangeSchedule({"timezone": "UTC"}, {"enabled": False, "jitter_seconds": 9}), ports)
    assert written(shown.schedule) == Written("0 9 * * *", timezone="UTC")
    assert (shown.schedule.enabled, shown.schedule.jitter_seconds, shown.next_run_at) == (False, 9, None)
    assert shown.schedule.input_data == {"dataset": "daily"}
    assert not stage.timers.made[daily].enabled


def test_a_rate_takes_the_place_of_a_cron_and_counts_on_while_it_stays(ports, stage, daily):
    shown = change_schedule(daily, ChangeSchedule({"rate": "45 minutes"}), ports)
    assert written(shown.schedule) == Written(rate="45 minutes", timezone="Europe/Berlin")
    anchor = shown.schedule.timetable.anchor
    stage.clock.advance(1000)
    assert change_schedule(daily, ChangeSchedule({"timezone": "UTC"}), ports).schedule.timetable.anchor == anchor
    assert change_schedule(daily, ChangeSchedule({"rate": "1h"}), ports).schedule.timetable.anchor != anchor
    assert change_schedule(daily, ChangeSchedule({"cron_expression": "@daily"}), ports).schedule.written == "@daily"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (ChangeSchedule({"timezone": "x"}), "/timezone"),
        (ChangeSchedule({"cron_expression": "0 1 * * *", "rate": "1h"}), "/cron_expression"),
        (ChangeSchedule(members={"input_data": {"bad": 1}}), "/input_data/bad"),
    ],
)
def test_a_bad_change_changes_nothing(ports, stage, daily, change, path):
    before = stage.schedules.get(daily)
    with pytest.raises(Invalid) as caught:
        change_schedule(daily, change, ports)
    assert caught.value.faults[0].path == path
    assert stage.schedules.get(daily) == before


def test_a_change_is_refused_while_others_change_it_all_the_time(ports, stage, daily):
    stage.schedules.others = 100
    with pytest.raises(Conflict) as caught:
        change_schedule(daily, ChangeSchedule(members={"enabled": False}), ports)
    assert caught.value.code == "schedule_changed"


def test_a_change_that_comes_upon_a_fire_is_made_again(ports, stage, daily):
    stage.schedules.others = 2
    assert not change_schedule(daily, ChangeSchedule(members={"enabled": False}), ports).schedule.enabled
    assert stage.schedules.get(daily).rev == 4


def test_a_change_that_no_timer_can_follow_is_undone(ports, stage, daily):
    stage.timers.made.clear()
    stage.timers.room = 0
    with pytest.raises(Conflict):
        change_schedule(daily, ChangeSchedule({"cron_expression": "0 9 1 * 1"}), ports)
    assert stage.schedules.get(daily).written == "0 9 * * *"


def test_timers_that_cannot_follow_a_change_now_are_left_to_reconcile(ports, stage, daily):
    stage.timers.answers = False
    assert not change_schedule(daily, ChangeSchedule(members={"enabled": False}), ports).schedule.enabled
    assert "timers_delayed" in stage.tell.outcomes()
    assert stage.schedules.checks[daily] <= "2026-11-02T09:00:00.000Z"


def test_a_deleted_schedule_is_gone_with_its_timers(ports, stage, daily):
    delete_schedule(daily, ports)
    assert (stage.schedules.schedules, stage.timers.made) == ({}, {})
    for use in (delete_schedule, get_schedule):
        with pytest.raises(NotFound):
            use(daily, ports)


def test_schedules_of_a_workflow_are_listed(ports, daily):
    page = list_schedules("wf_1", ListQuery(), ports)
    assert [shown.schedule.id for shown in page.rows] == [daily]
    with pytest.raises(NotFound):
        list_schedules("wf_2", ListQuery(), ports)


def test_the_next_times_carry_their_offsets(ports, daily):
    assert next_times(daily, 2, ports) == ["2026-11-03T09:00:00+01:00", "2026-11-04T09:00:00+01:00"]


class Followed:
    """A workflow whose definitions follow each other."""

    def __init__(self, ports):
        self.ports, self.workflow = ports, None

    def becomes(self, block, **members):
        before = self.workflow
        number = before.version + 1 if before else 1
        self.workflow = a_workflow(**{"version": number, **members})
        definition = {"name": "x", "steps": [], **({"schedule": block} if block else {})}
        version = a_version(number=number, definition=definition)
        self.ports.workflows.workflows["wf_1"] = self.workflow
        self.ports.workflows.versions["wf_1", number] = version
        self.tell(version, before)

    def tell(self, version, before, deleted=False):
        follow_workflow(Changed(self.workflow, version, before, deleted), self.ports)


@pytest.fixture
def followed(ports):
    return Followed(ports)


def test_a_definitions_schedule_follows_the_definition(ports, stage, followed):
    followed.becomes(BLOCK)
    made = stage.schedules.get(schedule_id_of("wf_1"))
    assert (made.source, made.written, made.jitter_seconds, made.input_data) == (
        "definition",
        "0 9 * * 1-5",
        120,
        {"n": 1},
    )
    followed.becomes({"cron": "@every 15m", "enabled": False})
    changed = stage.schedules.get(made.id)
    assert (changed.timetable.every_minutes, changed.enabled, changed.jitter_seconds) == (15, False, 0)
    followed.becomes(None)
    assert stage.schedules.schedules == {}
    followed.becomes(None)


def test_a_block_that_stays_leaves_what_was_changed_through_the_api(ports, stage, followed):
    followed.becomes(BLOCK)
    change_schedule(schedule_id_of("wf_1"), ChangeSchedule(members={"enabled": False}), ports)
    followed.becomes(BLOCK)
    followed.tell(a_version(definition={"schedule": BLOCK}), followed.workflow)
    assert not stage.schedules.get(schedule_id_of("wf_1")).enabled


def test_of_two_changes_the_one_that_stands_is_followed_in_whatever_order_they_are_told(ports, stage, followed):
    followed.becomes(BLOCK)
    followed.becomes({"cron": "@hourly"})
    followed.tell(a_version(number=1, definition={"schedule": BLOCK}), None)
    assert stage.schedules.get(schedule_id_of("wf_1")).written == "@hourly"


def test_a_definitions_schedule_that_has_no_timers_is_told_and_stays(stage, followed):
    stage.timers.answers = False
    followed.becomes(BLOCK)
    assert "schedule_not_followed" in stage.tell.outcomes()
    assert stage.schedules.get(schedule_id_of("wf_1")).enabled


def test_a_deleted_workflow_takes_all_its_schedules_along(stage, followed, daily):
    followed.becomes(BLOCK)
    followed.tell(a_version(), followed.workflow, deleted=True)
    assert (stage.schedules.schedules, stage.timers.made) == ({}, {})


def test_what_would_have_fired_while_the_workflow_was_paused_is_not_made_up_for(ports, stage, followed, daily):
    other = create_schedule(CALLER, "wf_1", DAILY, ports).id
    followed.becomes(None, status="paused")
    stage.clock.advance(7 * 86_400)
    followed.becomes(None, status="active")
    assert stage.schedules.get(other).checked_until == "2026-11-09T08:59:00.000Z"


def test_a_schedule_of_another_version_is_checked_against_the_current_input(ports, stage):
    stage.workflows.workflows["wf_1"] = a_workflow(version=2)
    stage.workflows.versions["wf_1", 2] = a_version(number=2)
    assert create_schedule(CALLER, "wf_1", DAILY, ports).workflow_id == "wf_1"


@pytest.mark.parametrize("change", [ChangeSchedule(members={"enabled": False}), ChangeSchedule({"timezone": "UTC"})])
def test_a_fire_that_waits_is_dropped_with_the_timetable_that_it_waits_by(ports, stage, change):
    stage.add(overlap_policy="buffer_one")
    stage.tick(0)
    stage.tick(1)
    change_schedule("sched_1", ChangeSchedule(members={"jitter_seconds": 5}), ports)
    assert stage.schedule.buffered is not None
    change_schedule("sched_1", change, ports)
    assert stage.schedule.buffered is None
