import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from fakes.schedules import FakeTimers
from stepweave.adapters.moving_timers import MovingTimers
from stepweave.adapters.scheduler_timers import SchedulerTimers
from stepweave.adapters.table import TABLE
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.errors import Conflict, Unavailable
from stepweave.local.embedded import EmbeddedAws, client

AT = "2026-11-02T08:30:00.000Z"
TARGET = "arn:aws:lambda:us-east-1:123456789012:function:fire"
DAILY = Timetable("0 9 * * 1-5", None, AT, "America/New_York")
SCHEDULE = Schedule("sched_1", "wf_1", DAILY, "0 9 * * 1-5", AT, AT, "key_1", AT)


@pytest.fixture
def scheduler():
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        made = client("scheduler")
        made.create_schedule_group(Name="stack")
        yield made
    finally:
        aws.close()


def timers(scheduler):
    role, dead = "arn:aws:iam::123456789012:role/fire", "arn:aws:sqs:us-east-1:123456789012:dead"
    return SchedulerTimers(scheduler, group="stack", target_arn=TARGET, role_arn=role, dead_letters_arn=dead)


def names(scheduler):
    return [each["Name"] for each in scheduler.list_schedules(GroupName="stack")["Schedules"]]


def test_a_schedule_fires_in_its_own_zone_and_is_named_to_the_target(scheduler):
    timers(scheduler).put(SCHEDULE)
    found = scheduler.get_schedule(Name="sched_1-0", GroupName="stack")
    assert found["ScheduleExpression"] == "cron(0 9 ? * MON,TUE,WED,THU,FRI *)"
    assert found["ScheduleExpressionTimezone"] == "America/New_York"
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert json.loads(found["Target"]["Input"]) == {
        "schedule_id": "sched_1",
        "time": "<aws.scheduler.scheduled-time>",
    }
    assert found["Target"]["DeadLetterConfig"]["Arn"].endswith(":dead")


def test_what_is_set_follows_the_schedule(scheduler):
    both = replace(SCHEDULE, timetable=Timetable("0 9 13 * 5", None, AT))
    rate = replace(SCHEDULE, timetable=Timetable(None, 60, "2026-11-02T08:07:00.000Z", "Asia/Tokyo"), enabled=False)
    ours = timers(scheduler)
    for schedule, count in ((both, 2), (SCHEDULE, 1), (rate, 1)):
        assert not ours.is_current(schedule)
        ours.put(schedule)
        ours.put(schedule)
        assert ours.is_current(schedule)
        assert len(names(scheduler)) == count
    found = scheduler.get_schedule(Name="sched_1-0", GroupName="stack")
    expression = (found["ScheduleExpression"], found["ScheduleExpressionTimezone"], found["State"])
    assert expression == ("cron(7 * * * ? *)", "UTC", "DISABLED")
    ours.remove("sched_1")
    ours.remove("sched_1")
    assert names(scheduler) == []


class Refusing:
    def __init__(self, scheduler, call, code):
        self.scheduler, self.call, self.code = scheduler, call, code

    def __getattr__(self, name):
        return self.refuse if name == self.call else getattr(self.scheduler, name)

    def refuse(self, **_):
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, self.call)


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [("ServiceQuotaExceededException", Conflict, "timer_quota"), ("ThrottlingException", Unavailable, "unavailable")],
)
def test_what_is_refused_is_told_as_what_it_is(scheduler, code, error, told):
    with pytest.raises(error) as caught:
        timers(Refusing(scheduler, "create_schedule", code)).put(SCHEDULE)
    assert caught.value.code == told


def test_what_cannot_be_removed_now_is_an_error(scheduler):
    with pytest.raises(Unavailable):
        timers(Refusing(scheduler, "delete_schedule", "InternalServerException")).remove("sched_1")


def test_moving_sets_the_one_and_then_removes_the_other():
    to, away, schedule = FakeTimers(), FakeTimers(), replace(SCHEDULE, rev=2)
    away.put(schedule)
    moving = MovingTimers(to, away)
    assert not moving.is_current(schedule)
    to.answers = False
    with pytest.raises(Unavailable):
        moving.put(schedule)
    assert "sched_1" in away.made
    to.answers = True
    moving.put(schedule)
    assert moving.is_current(schedule)
    assert ("sched_1" in to.made, "sched_1" in away.made) == (True, False)
    moving.remove("sched_1")
    assert to.made == {}


def test_a_new_schedule_asks_nothing_of_the_other_backend():
    to, away = FakeTimers(), FakeTimers(answers=False)
    MovingTimers(to, away).put(SCHEDULE)
    assert "sched_1" in to.made
