"""The checks that hold the store against AWS."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.samples import a_run, a_state
from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.bootstrap.firing import timers
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.local import keys as key_makers
from stepweave.local.doctor import keys, runs, schedules, storage
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


def test_runs_that_wait_for_hours_or_that_nobody_looks_after_are_told(kept, machine, levels):
    add(kept, machine, ago=120)
    assert levels(runs.check, kept) == ["warning", "error"]
