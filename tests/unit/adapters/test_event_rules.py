from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stepweave.adapters.event_rules import EventRules
from stepweave.adapters.table import TABLE
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.domain.utc_rule import rate_rule
from stepweave.errors import Conflict, Unavailable
from stepweave.local.embedded import EmbeddedAws, client

AT = "2026-11-02T08:30:00.000Z"
TARGET = "arn:aws:lambda:us-east-1:123456789012:function:fire"
DAILY = Timetable("0 9 * * *", None, AT, "America/New_York")
SCHEDULE = Schedule("sched_1", "wf_1", DAILY, "0 9 * * *", AT, AT, "key_1", AT)
BOTH_DAYS = replace(SCHEDULE, timetable=Timetable("0 9 13 * 5", None, AT))


@pytest.fixture
def events():
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield client("events")
    finally:
        aws.close()


@pytest.fixture
def rules(events):
    return make_rules(events)


def make_rules(events):
    clock = lambda: datetime(2026, 11, 2, tzinfo=UTC)  # noqa: E731
    return EventRules(events, prefix="stack", target_arn=TARGET, dead_letters_arn="arn:aws:sqs:::dead", clock=clock)


def found(events):
    return {rule["Name"]: (rule["ScheduleExpression"], rule["State"]) for rule in events.list_rules()["Rules"]}


def test_a_schedule_has_one_rule_that_covers_it_and_names_it_to_the_target(events, rules):
    rules.put(SCHEDULE)
    assert found(events) == {"stack-sched_1-0": ("cron(0 13-14 * * ? *)", "ENABLED")}
    (target,) = events.list_targets_by_rule(Rule="stack-sched_1-0")["Targets"]
    assert target["Arn"] == TARGET
    assert target["DeadLetterConfig"] == {"Arn": "arn:aws:sqs:::dead"}
    assert target["InputTransformer"] == {
        "InputPathsMap": {"time": "$.time"},
        "InputTemplate": '{"schedule_id": "sched_1", "time": <time>}',
    }


def test_rules_follow_their_schedule(events, rules):
    rules.put(BOTH_DAYS)
    assert len(found(events)) == 2
    assert rules.is_current(BOTH_DAYS)
    assert not rules.is_current(SCHEDULE)
    disabled = replace(SCHEDULE, enabled=False)
    rules.put(disabled)
    rules.put(disabled)
    assert found(events) == {"stack-sched_1-0": ("cron(0 13-14 * * ? *)", "DISABLED")}
    assert not rules.is_current(SCHEDULE)
    rules.remove("sched_1")
    rules.remove("sched_1")
    assert found(events) == {}
    assert not rules.is_current(SCHEDULE)


def test_a_rule_without_its_target_is_not_what_it_should_be(events, rules):
    rules.put(SCHEDULE)
    events.remove_targets(Rule="stack-sched_1-0", Ids=["fire"])
    assert not rules.is_current(SCHEDULE)


class Answering:
    """EventBridge with an answer of its own to some call."""

    def __init__(self, events, **answers):
        self.events, self.answers = events, answers

    def __getattr__(self, name):
        return self.answers.get(name) or getattr(self.events, name)


def refuse(code):
    from botocore.exceptions import ClientError

    def refused(**_):
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutRule")

    return refused


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [("LimitExceededException", Conflict, "timer_quota"), ("ThrottlingException", Unavailable, "unavailable")],
)
def test_a_rule_that_is_refused_is_told_as_what_it_is(events, code, error, told):
    with pytest.raises(error) as caught:
        make_rules(Answering(events, put_rule=refuse(code))).put(SCHEDULE)
    assert caught.value.code == told


def test_the_way_out_of_the_quota_is_named(events):
    with pytest.raises(Conflict, match="ScheduleBackend=scheduler"):
        make_rules(Answering(events, put_rule=refuse("LimitExceededException"))).put(SCHEDULE)


def test_a_target_that_is_not_taken_is_an_error(events):
    with pytest.raises(Unavailable):
        make_rules(Answering(events, put_targets=lambda **_: {"FailedEntryCount": 1})).put(SCHEDULE)


@pytest.mark.parametrize("call", ["remove_targets", "delete_rule"])
def test_a_rule_that_cannot_be_removed_now_is_an_error(events, rules, call):
    rules.put(SCHEDULE)
    with pytest.raises(Unavailable):
        make_rules(Answering(events, **{call: refuse("InternalException")})).remove("sched_1")


@pytest.mark.parametrize(
    ("every", "rule"),
    [
        (1, "cron(* * * * ? *)"),
        (7, "cron(* * * * ? *)"),
        (15, "cron(7,22,37,52 * * * ? *)"),
        (45, "cron(7,22,37,52 * * * ? *)"),
        (60, "cron(7 * * * ? *)"),
        (90, "cron(7,37 * * * ? *)"),
        (360, "cron(7 4,10,16,22 * * ? *)"),
        (2880, "cron(7 10 * * ? *)"),
    ],
)
def test_a_rate_is_covered_by_the_smallest_cron_through_its_anchor(events, rules, every, rule):
    assert rate_rule(every, datetime(2026, 1, 1, 10, 7, tzinfo=UTC)) == rule
    timetable = Timetable(None, every, "2026-01-01T10:07:33.000Z")
    rules.put(replace(SCHEDULE, timetable=timetable))
    assert found(events)["stack-sched_1-0"][0] == rule
