from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventbridge_cron import Rule
from stepweave.adapters.event_rules import EventRules
from stepweave.adapters.table import TABLE
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.local.embedded import REGION, EmbeddedAws, client
from stepweave.local.minutes import Minutes
from stepweave.local.rules import Rules, event_of, read_expression

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AT = "2026-11-02T08:30:00.000Z"
TARGET = "arn:aws:lambda:us-east-1:123456789012:function:fire"


@pytest.fixture
def events():
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield client("events")
    finally:
        aws.close()


def schedule(events, cron, **members):
    rules = EventRules(events, prefix="local", target_arn=TARGET, dead_letters_arn="", clock=lambda: NINE)
    rules.put(Schedule("sched_1", "wf_1", Timetable(cron, None, AT), cron, AT, AT, "key_1", AT, **members))


def test_a_rule_calls_its_target_in_the_minutes_that_it_names(events):
    schedule(events, "0,30 9 * * *")
    taken = []
    rules = Rules(REGION, {TARGET: taken.append})
    assert [rules.fire(NINE + timedelta(minutes=number)) for number in (0, 1, 30)] == [1, 0, 1]
    assert taken == [
        {"schedule_id": "sched_1", "time": "2026-11-02T09:00:00Z"},
        {"schedule_id": "sched_1", "time": "2026-11-02T09:30:00Z"},
    ]


def test_what_is_disabled_or_has_a_pattern_or_another_target_is_not_called(events):
    schedule(events, "0 9 * * *", enabled=False)
    events.put_rule(Name="pattern", EventPattern='{"source": ["mine"]}', State="ENABLED")
    events.put_rule(Name="other", ScheduleExpression="cron(0 9 * * ? *)", State="ENABLED")
    events.put_targets(Rule="other", Targets=[{"Id": "a", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:x"}])
    assert Rules(REGION, {TARGET: print}).fire(NINE) == 0


def test_a_target_without_a_transformer_gets_the_event_and_a_failure_harms_no_other(events, caplog):
    events.put_rule(Name="plain", ScheduleExpression="cron(0 9 * * ? *)", State="ENABLED")
    events.put_targets(Rule="plain", Targets=[{"Id": "a", "Arn": TARGET}, {"Id": "b", "Arn": TARGET}])
    taken = []

    def deliver(event):
        taken.append(event)
        raise ValueError(event["detail-type"])

    assert Rules(REGION, {TARGET: deliver}).fire(NINE) == 2
    assert [event["time"] for event in taken] == ["2026-11-02T09:00:00Z"] * 2
    assert taken[0].keys() == event_of("arn", NINE, REGION).keys()
    assert "reconcile makes up for it" in caplog.text


NUMBERS = st.sets(st.integers(0, 59), min_size=1).map(lambda found: ",".join(map(str, sorted(found))))


@given(NUMBERS, st.integers(0, 23), st.sampled_from(["*", "L", "1-7,15"]), st.integers(0, 500_000))
def test_expressions_mean_what_the_user_guide_says(minutes, hour, days, minute):
    text = f"cron({minutes} 0-{hour} {days} * ? *)"
    moment = NINE + timedelta(minutes=minute)
    assert read_expression(text).names(moment) == Rule(text).names(moment)


def test_no_expression_is_read_from_what_is_no_cron():
    assert read_expression("rate(5 minutes)") is None


class Clock:
    def __init__(self):
        self.now = NINE + timedelta(seconds=20)

    def __call__(self):
        return self.now


def test_each_minute_that_begins_is_worked_for_once():
    clock, worked = Clock(), []
    minutes = Minutes(worked.append, clock)
    minutes.tick()
    clock.now += timedelta(seconds=45)
    minutes.tick()
    minutes.tick()
    clock.now += timedelta(minutes=2)
    minutes.tick()
    assert [minute.minute for minute in worked] == [1, 2, 3]


def test_after_a_long_sleep_the_last_hours_are_worked_for(caplog):
    clock, worked = Clock(), []

    def work(minute):
        worked.append(minute)
        raise ValueError("no")

    minutes = Minutes(work, clock)
    clock.now += timedelta(days=3)
    minutes.tick()
    assert len(worked) == 120
    assert worked[-1] == NINE + timedelta(days=3)
    assert "failed" in caplog.text


def test_the_thread_waits_for_the_next_minute_and_stops_when_told():
    clock, waited = Clock(), []

    def wait(seconds):
        waited.append(round(seconds))
        clock.now += timedelta(seconds=seconds)
        return len(waited) == 3

    worked = []
    minutes = Minutes(worked.append, clock, wait)
    minutes.start()
    minutes.stop()
    assert waited == [40, 60, 60]
    assert [minute.minute for minute in worked] == [1, 2]
