"""Each port twice: in memory, and on the embedded AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from fakes.resource_uses import FakeProjectFiles
from fakes.resources import FakeResources
from fakes.schedules import FakeSchedules
from fakes.stores import (
    FakeApiKeys,
    FakeIdempotencyKeys,
    FakeInboxes,
    FakeKeyUses,
    FakeLatches,
    FakePlans,
    FakeRuns,
    FakeSeats,
    FakeSlots,
    FakeTickets,
    FakeValues,
)
from fakes.templates import FakeTemplates
from fakes.triggers import FakeTriggers
from fakes.workflows import FakeDeleted, FakeRetired, FakeWorkflows
from stepweave.adapters.api_key_store import ApiKeyStore
from stepweave.adapters.deleted_store import DeletedStore
from stepweave.adapters.idempotency_store import IdempotencyStore
from stepweave.adapters.inbox_store import InboxStore
from stepweave.adapters.key_uses import KeyUseStore
from stepweave.adapters.latch_store import LatchStore
from stepweave.adapters.plan_store import PlanStore
from stepweave.adapters.project_files import ProjectFiles
from stepweave.adapters.resource_store import ResourceStore
from stepweave.adapters.retired_store import RetiredStore
from stepweave.adapters.run_store import RunStore
from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.adapters.slot_store import SlotStore
from stepweave.adapters.stream_stores import SeatStore, TicketStore
from stepweave.adapters.table import TABLE, Table
from stepweave.adapters.template_store import TemplateStore
from stepweave.adapters.trigger_store import TriggerStore
from stepweave.adapters.values import Values
from stepweave.adapters.workflow_store import WorkflowStore
from stepweave.local.embedded import EmbeddedAws, client


@dataclass
class Stores:
    workflows: Any
    deleted: Any
    retired: Any
    slots: Any
    runs: Any
    plans: Any
    values: Any
    api_keys: Any
    key_uses: Any
    latches: Any
    idempotency: Any
    templates: Any
    inboxes: Any
    tickets: Any
    seats: Any
    schedules: Any
    resources: Any
    project_files: Any
    triggers: Any


def fake_stores() -> Stores:
    workflows, api_keys = FakeWorkflows(), FakeApiKeys()
    return Stores(
        workflows,
        FakeDeleted(workflows),
        FakeRetired(workflows),
        FakeSlots(workflows.workflows),
        FakeRuns(),
        FakePlans(),
        FakeValues(),
        api_keys,
        FakeKeyUses(api_keys),
        FakeLatches(),
        FakeIdempotencyKeys(),
        FakeTemplates(),
        FakeInboxes(),
        FakeTickets(),
        FakeSeats(),
        FakeSchedules(),
        FakeResources(),
        FakeProjectFiles(),
        FakeTriggers(),
    )


def real_stores() -> Stores:
    table = Table(client("dynamodb"), "stepweave")
    values = Values(client("s3"), "stepweave")
    return Stores(
        WorkflowStore(table, values),
        DeletedStore(table, values),
        RetiredStore(table),
        SlotStore(table),
        RunStore(table),
        PlanStore(table, values),
        values,
        ApiKeyStore(table),
        KeyUseStore(table),
        LatchStore(table),
        IdempotencyStore(table),
        TemplateStore(table, values),
        InboxStore(table),
        TicketStore(table),
        SeatStore(table),
        ScheduleStore(table),
        ResourceStore(table),
        ProjectFiles(client("s3"), "stepweave"),
        TriggerStore(table),
    )


@pytest.fixture(params=["in memory", "on AWS"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "in memory":
        yield fake_stores()
        return
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield real_stores()
    finally:
        aws.close()
