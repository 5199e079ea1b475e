"""The checks that hold the store against AWS."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.samples import a_run, a_state
from stepweave.adapters.event_patterns import EventPatterns
from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.adapters.trigger_store import TriggerStore
from stepweave.bootstrap.firing import timers
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.domain.trigger import Held, Taken
from stepweave.local import keys as key_makers
from stepweave.local.doctor import keys, rules, runs, schedules, storage
from stepweave.services.moments import text_of
from unit.local.doctor.conftest import NOW

AT = "2026-11-02T08:30:00.000Z"
SCHEDULE = Schedule(
    "sched_1", "wf_1", Timetable("0 9 * * 1-5", None, AT, "UTC"), "0 9 * * 1-5", AT, AT, "key_1", AT, rev=2
)


def test_storage_that_neither_expires_nor_recovers_is_told(kept, levels):
    assert levels(storage.check, kept) == ["ok", "error", "warning", "error"]
    s3, dynamodb = kept.clients("s3"), kept.clients("dynamodb")
    dynamodb.update_time_to_live(
        TableName="stepweave", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="stepweave", PointInTimeRecoverySpecification=recovery)
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket="stepweave", PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))
    assert levels(storage.check, kept) == ["ok", "ok"]


def test_a_deployment_without_a_key_for_administration_is_told(kept, levels):
    store = key_makers.key_store(kept.clients("dynamodb"), "stepweave")
    key_makers.new_key(store, "ci", "write")
    assert levels(keys.check, kept) == ["warning"]
    key_makers.new_key(store, "me", "admin")
    assert levels(keys.check, kept) == ["ok"]


def test_a_key_that_has_expired_administers_nothing(kept, levels):
    store = key_makers.key_store(kept.clients("dynamodb"), "stepweave")
    key_makers.new_key(store, "me", "admin", "2999-01-01T00:00:00.000Z")
    assert levels(keys.check, kept) == ["ok"]
    later = replace(kept, clock=lambda: datetime(2999, 1, 1, tzinfo=UTC))
    assert levels(keys.check, later) == ["warning"]


def test_a_schedule_without_its_timer_and_a_rule_without_a_schedule_are_told(kept, levels):
    ScheduleStore(kept.stores.table).create(SCHEDULE, next_run_at=AT, check_after="2026-12-01")
    assert levels(schedules.check, kept) == ["error"]
    timers(kept.stores).put(SCHEDULE)
    assert levels(schedules.check, kept) == ["ok"]
    timers(kept.stores).put(replace(SCHEDULE, id="sched_2"))
    found = list(schedules.check(kept))
    assert [finding.level for finding in found] == ["ok", "warning"]
    assert "stack-sched_2-0" in found[1].said


def test_a_bus_that_is_nearly_full_is_told(kept, levels, monkeypatch):
    monkeypatch.setattr(schedules, "RULES", 1)
    timers(kept.stores).put(SCHEDULE)
    ScheduleStore(kept.stores.table).create(SCHEDULE, next_run_at=AT, check_after="2026-12-01")
    assert levels(schedules.check, kept) == ["ok", "warning"]


@pytest.fixture
def events(kept):
    """With the rules of the template."""
    client = kept.clients("events")
    for name in ("stack-run-ended", "stack-direct-execution-failed"):
        client.put_rule(Name=name, EventPattern='{"source": ["aws.states"]}')
        client.put_targets(Rule=name, Targets=[{"Id": "a", "Arn": kept.settings.fire_schedule_arn}])
    return client


def test_rules_of_ends_that_are_disabled_gone_or_call_nothing_are_told(kept, events):
    assert [finding.level for finding in rules.check(kept)] == ["ok"]
    events.disable_rule(Name="stack-run-ended")
    events.remove_targets(Rule="stack-direct-execution-failed", Ids=["a"])
    ended, direct = rules.check(kept)
    assert (ended.level, ended.advice) == ("error", "aws events enable-rule --name stack-run-ended")
    assert (direct.level, "calls nothing" in direct.said) == ("error", True)
    events.delete_rule(Name="stack-direct-execution-failed")
    assert "DirectExecutionFailed is gone" in list(rules.check(kept))[1].said


def test_rules_of_event_triggers_that_are_gone_or_disabled_or_of_no_trigger_are_told(kept, events, levels):
    sources = EventPatterns(events, prefix="stack", target_arn=kept.settings.fire_schedule_arn, dead_letters_arn="")
    TriggerStore(kept.stores.table).hold(Held("wf_1", Taken(rules=frozenset(["0"]))), check_after="2026-12-01")
    assert levels(rules.check, kept) == ["error"]
    sources.put("wf_1", "0", {"source": ["shop"]})
    assert levels(rules.check, kept) == ["ok"]
    events.disable_rule(Name="stack-trig_1-0")
    sources.put("wf_2", "0", {"source": ["shop"]})
    disabled, orphan = rules.check(kept)
    assert (disabled.level, "stack-trig_1-0" in disabled.said) == ("error", True)
    assert (orphan.level, "stack-trig_2-0" in orphan.said) == ("warning", True)


@pytest.fixture
def machine(kept):
    client = kept.clients("stepfunctions")
    asl = '{"StartAt": "a", "States": {"a": {"Type": "Wait", "Seconds": 3600, "End": true}}}'
    role = "arn:aws:iam::123456789012:role/any"
    return client.create_state_machine(name="m", definition=asl, roleArn=role)["stateMachineArn"]


def add(kept, machine, *, run_id="run_1", status="queued", ago=0):
    at = text_of(NOW - timedelta(minutes=ago))
    state = a_state(run_id=run_id, machine_arn=machine, status="queued")
    kept.stores.runs.create(a_run(id=run_id, created_at=at), state)
    if status == "running":
        kept.stores.runs.admit(run_id, 1, at, draw=False)


def test_runs_that_stand_as_step_functions_says_are_fine(kept, machine, levels):
    add(kept, machine, status="running")
    kept.clients("stepfunctions").start_execution(stateMachineArn=machine, name="run_1-1")
    assert levels(runs.check, kept) == ["ok"]


def test_a_run_whose_execution_is_gone_is_told(kept, machine, levels):
    add(kept, machine, status="running")
    (found,) = runs.check(kept)
    assert (found.level, "run_1" in found.said) == ("warning", True)


def test_a_run_whose_execution_has_ended_is_told_once_its_event_is_late(kept, machine):
    add(kept, machine, status="running")
    client = kept.clients("stepfunctions")
    started = client.start_execution(stateMachineArn=machine, name="run_1-1")["executionArn"]
    client.stop_execution(executionArn=started)
    stopped = client.describe_execution(executionArn=started)["stopDate"]
    just, late = (replace(kept, clock=lambda at=at: stopped + timedelta(seconds=at)) for at in (30, 90))
    assert "over in Step Functions" not in next(runs.check(just)).said
    assert "1 are over in Step Functions" in next(runs.check(late)).said


def test_runs_that_wait_for_hours_or_that_nobody_looks_after_are_told(kept, machine, levels):
    add(kept, machine, ago=120)
    assert levels(runs.check, kept) == ["warning", "error"]
