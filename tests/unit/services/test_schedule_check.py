from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.samples import a_workflow
from fakes.schedule_stage import NINE, Stage
from stepweave.services.schedule_check import check_schedules


@pytest.fixture
def stage():
    return Stage()


def check(stage, seconds=60):
    return check_schedules(stage.ports, stage.clock() + timedelta(seconds=seconds), stage.followed.append)


def test_a_new_schedule_is_looked_at_once_and_then_left_until_a_fire_is_late(stage):
    stage.add()
    assert check(stage) == 0
    stage.clock.advance(60)
    assert check(stage) == 1
    assert stage.schedules.checks["sched_1"] == "2026-11-02T09:05:00.000Z"


def test_a_schedule_that_fires_in_time_is_not_looked_at(stage):
    stage.add(overlap_policy="allow")
    for hour in range(20):
        stage.tick(hour)
        assert check(stage) == 0


def test_a_schedule_whose_workflow_is_deleted_goes_too(stage):
    stage.add()
    stage.workflows.workflows.clear()
    stage.now(3)
    check(stage)
    assert (stage.schedules.schedules, stage.timers.made, stage.started) == ({}, {}, [])
    assert "schedule_removed" in stage.tell.outcomes()


def test_timers_that_are_missing_or_stale_are_made(stage):
    schedule = stage.add()
    stage.timers.made.clear()
    stage.clock.advance(60)
    check(stage)
    assert stage.timers.is_current(schedule)
    assert "timers_repaired" in stage.tell.outcomes()


def test_fires_that_nothing_delivered_are_made_up_for(stage):
    stage.add(overlap_policy="allow", catch_up_seconds=7200)
    stage.now(4, 30)
    check(stage)
    assert stage.times() == ["12:00", "13:00"]
    assert stage.schedule.checked_until == "2026-11-02T13:25:00.000Z"
    check(stage)
    assert stage.times() == ["12:00", "13:00"]


def test_a_lost_fire_between_two_delivered_ones_is_made_up_for(stage):
    stage.add(overlap_policy="allow")
    stage.tick(0)
    stage.tick(2)
    stage.now(2, 4)
    check(stage)
    assert stage.times() == ["09:00", "11:00", "10:00"]


def test_a_fire_that_is_delivered_after_it_was_made_up_for_starts_nothing(stage):
    stage.add(overlap_policy="allow")
    stage.now(0, 10)
    check(stage)
    stage.tick(1)
    stage.tick(1, at=0)
    assert stage.times() == ["09:00", "10:00"]


@pytest.mark.parametrize("members", [{"catch_up_seconds": 0}, {"enabled": False}])
def test_fires_are_not_made_up_for_when_nobody_wants_them(stage, members):
    stage.add(**members)
    stage.now(2, 30)
    check(stage)
    assert stage.started == []
    assert stage.schedule.checked_until == "2026-11-02T11:25:00.000Z"


def test_fires_of_a_workflow_that_was_not_active_are_not_made_up_for(stage):
    stage.add()
    stage.workflows.workflows["wf_1"] = a_workflow(status="paused")
    stage.now(3, 30)
    check(stage)
    stage.workflows.workflows["wf_1"] = a_workflow()
    stage.now(3, 40)
    check(stage)
    assert stage.started == []


def test_very_many_missed_fires_are_made_up_for_in_several_checks(stage):
    minutely = replace(stage.add().timetable, cron="* * * * *")
    stage.schedules.schedules["sched_1"] = replace(
        stage.schedule, timetable=minutely, overlap_policy="allow", catch_up_seconds=86_400
    )
    stage.now(4)
    for _ in range(3):
        stage.clock.advance(60)
        check(stage)
    assert len(stage.started) == 239
    assert len({asked.labels["scheduled_at"] for asked in stage.started}) == 239


def test_a_buffered_fire_goes_on_when_nobody_told_that_the_last_run_had_ended(stage):
    stage.add(overlap_policy="buffer_one")
    stage.tick(0)
    stage.tick(1)
    stage.end("run_1")
    stage.clock.advance(60)
    check(stage)
    assert stage.times() == ["09:00", "10:00"]


def test_a_schedule_without_timers_is_fired_all_the_same_and_comes_again(stage):
    stage.add()
    stage.add(id="sched_2", overlap_policy="allow")
    stage.timers.made.pop("sched_1")
    stage.timers.answers = False
    stage.now(0, 10)
    assert check(stage) == 2
    assert len(stage.started) == 2
    stage.timers.answers = True
    stage.now(0, 20)
    check(stage)
    assert "sched_1" in stage.timers.made


def test_a_check_returns_in_time(stage):
    stage.add()
    stage.now(1)
    assert check(stage, seconds=10) == 0


def test_a_schedule_that_is_removed_while_it_is_checked_stays_removed(stage):
    stage.add()
    stage.now(0, 10)
    start = stage.start
    stage.ports = replace(stage.ports, start=lambda asked: (start(asked), stage.schedules.remove("sched_1")))
    check(stage)
    assert stage.schedule is None
    assert stage.clock() > NINE
