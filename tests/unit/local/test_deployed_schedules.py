from dataclasses import replace

import boto3
import pytest

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.adapters.table import TABLE, Table
from stepweave.bootstrap.firing import timers
from stepweave.bootstrap.stores import Stores
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.local.deployed_schedules import migrate, settings_of_stack
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.settings import read_settings

AT = "2026-11-02T08:30:00.000Z"
DAILY = Timetable("0 9 * * 1-5", None, AT, "America/New_York")
SCHEDULE = Schedule("sched_1", "wf_1", DAILY, "0 9 * * 1-5", AT, AT, "key_1", AT, rev=2)
ENVIRONMENT = {
    "TABLE_NAME": "stepweave",
    "BUCKET_NAME": "stepweave",
    "STACK_PREFIX": "stack",
    "FIRE_SCHEDULE_ARN": "arn:aws:lambda:us-east-1:123456789012:function:fire",
    "LOST_EVENTS_ARN": "arn:aws:sqs:us-east-1:123456789012:dead",
    "SCHEDULE_GROUP": "stack",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/fire",
}


class Stack:
    """CloudFormation and Lambda, as far as they are asked."""

    def __init__(self, backend):
        self.backend = backend

    def __call__(self, _service):
        return self

    def describe_stack_resource(self, **asked):
        assert asked == {"StackName": "stepweave", "LogicalResourceId": "ReconcileFunction"}
        return {"StackResourceDetail": {"PhysicalResourceId": "stepweave-reconcile"}}

    def get_function_configuration(self, **asked):
        assert asked == {"FunctionName": "stepweave-reconcile"}
        return {"Environment": {"Variables": ENVIRONMENT | {"SCHEDULE_BACKEND": self.backend}}}


@pytest.fixture
def aws():
    opened = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    boto3.setup_default_session(region_name="us-east-1")
    try:
        client("scheduler").create_schedule_group(Name="stack")
        yield client
    finally:
        opened.close()


def where(aws):
    rules = sorted(each["Name"] for each in aws("events").list_rules()["Rules"])
    return rules, sorted(each["Name"] for each in aws("scheduler").list_schedules(GroupName="stack")["Schedules"])


def test_every_schedule_moves_to_the_backend_that_the_stack_is_set_to(aws, capsys):
    store = ScheduleStore(Table(client("dynamodb"), "stepweave"))
    for number in (1, 2):
        store.create(replace(SCHEDULE, id=f"sched_{number}"), next_run_at=AT, check_after="2026-12-01")
    assert migrate("stepweave", Stack("rules")) == 0
    assert where(aws) == (["stack-sched_1-0", "stack-sched_2-0"], [])
    for _ in range(2):
        assert migrate("stepweave", Stack("scheduler")) == 0
        assert where(aws) == ([], ["sched_1-0", "sched_2-0"])
    assert migrate("stepweave", Stack("rules")) == 0
    assert where(aws) == (["stack-sched_1-0", "stack-sched_2-0"], [])
    assert "2 schedules of stepweave are with the backend 'scheduler'" in capsys.readouterr().err


def test_a_stack_that_is_none_is_told(aws, capsys):
    assert migrate("stepweave", lambda service: client(service)) == 1
    assert "stepweave:" in capsys.readouterr().err


def test_the_settings_are_those_of_reconcile():
    settings = settings_of_stack("stepweave", Stack("scheduler"))
    assert (settings.table, settings.schedule_backend, settings.schedule_group) == ("stepweave", "scheduler", "stack")


def test_a_backend_that_is_none_is_refused(aws):
    settings = read_settings(ENVIRONMENT | {"SCHEDULE_BACKEND": "cron"})
    with pytest.raises(ValueError, match="neither rules nor scheduler"):
        timers(Stores(settings))
