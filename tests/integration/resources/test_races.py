"""A resource is deleted while another begins to refer to it: every order of their calls to the table."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes.workflows import FakeWorkflows
from stepweave.adapters.resource_store import ResourceStore
from stepweave.adapters.table import TABLE, Table
from stepweave.domain.api_key import Caller
from stepweave.domain.reference import Ref
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import ResourceInUse
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.services.moments import text_of
from stepweave.services.references import ReferencePorts, refer_by_definition
from stepweave.services.resources import delete_resource, put_resource

NAMING = {"name": "w", "steps": [{"id": "a", "type": "agent_task", "config": {"agent_id": "writer", "goal": "g"}}]}
MOST_CALLS = 8
"""More than either of the two makes."""


class Interrupted(Table):
    """Lets another come in just before its n-th call."""

    def __init__(self, at: int, other: Callable[[], None]) -> None:
        super().__init__(client("dynamodb"), "stepweave")
        self._left, self._other = at, other

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in ("get", "put", "update", "delete", "query"):
            self._left -= 1
            if self._left == 0:
                self._other()
        return found


class Stage:
    def __init__(self) -> None:
        self.workflows, self.now = FakeWorkflows(), datetime(2026, 11, 2, tzinfo=UTC)
        self.plain = ResourceStore(Table(client("dynamodb"), "stepweave"))
        put_resource("agent", "writer", {}, resources=self.plain, clock=self.clock)
        self.deleted = False

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def refer(self, store: ResourceStore) -> None:
        refer_by_definition(Caller("k", "write"), "wf_1", NAMING, None, resources=store, clock=self.clock)
        at = text_of(self.now)
        workflow = Workflow("wf_1", "w", 1, "active", "manual", at, at, "k", "k")
        self.workflows.create(workflow, Version("wf_1", 1, NAMING, "", at, "k"))

    def delete(self, store: ResourceStore) -> None:
        try:
            self.deleted = delete_resource("agent", "writer", ports=ReferencePorts(store, self.workflows, self.clock))
        except ResourceInUse:
            self.deleted = False

    @property
    def stands(self) -> bool:
        return self.plain.get("agent", "writer") is not None


@pytest.fixture
def stage() -> Iterator[Stage]:
    aws = EmbeddedAws(table="stepweave", table_shape=TABLE, bucket="stepweave", functions={})
    try:
        yield Stage()
    finally:
        aws.close()


@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_who_refers_before_the_last_call_of_a_delete_keeps_the_resource(stage: Stage, at: int) -> None:
    came = []

    def other() -> None:
        came.append(stage.stands)
        stage.refer(stage.plain)

    stage.delete(ResourceStore(Interrupted(at, other)))
    assert stage.deleted is not stage.stands
    if came:
        assert came == [True]
        assert stage.stands, "it was said before it was removed"
    else:
        assert at > 3, "a delete makes three calls at least"


@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_delete_before_any_call_of_who_refers_is_refused_once_it_has_been_said(stage: Stage, at: int) -> None:
    stage.refer(ResourceStore(Interrupted(at, lambda: stage.delete(stage.plain))))
    assert stage.deleted is not stage.stands
    assert stage.stands is (at > 1)
    stage.now += timedelta(minutes=1)
    if stage.stands:
        stage.delete(stage.plain)
        assert stage.stands, "the definition names it"
        assert len(stage.plain.uses(Ref("agent", "writer"), 5)) == 1
