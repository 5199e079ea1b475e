from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes.resources import FakeResources
from fakes.workflows import FakeWorkflows
from stepweave.domain.api_key import Caller
from stepweave.domain.reference import Ref, User
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Reference, ResourceInUse
from stepweave.services.moments import text_of
from stepweave.services.references import (
    SOON,
    ReferencePorts,
    refer_by_definition,
    references_to,
    release_by_change,
)
from stepweave.services.resources import delete_resource, put_resource
from stepweave.services.workflow_changes import Changed

START = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
CALLER = Caller("key_1", "write")
WRITER, FLOW = Ref("agent", "writer"), User("workflow", "wf_1")
EMPTY: Any = {"name": "w", "steps": []}
NAMING: Any = {"name": "w", "steps": [{"id": "a", "type": "agent_task", "config": {"agent_id": "writer", "goal": "g"}}]}


class Desk:
    """Stores and a clock; every call takes a minute less a second than is let pass."""

    def __init__(self) -> None:
        self.resources, self.workflows, self.now = FakeResources(), FakeWorkflows(), START
        self.ports = ReferencePorts(self.resources, self.workflows, lambda: self.now)

    def put(self, kind: Any, name: str, content: Any) -> None:
        self.now += timedelta(seconds=1)
        put_resource(kind, name, content, resources=self.resources, clock=lambda: self.now)

    def delete(self, kind: Any, name: str) -> bool:
        return delete_resource(kind, name, ports=self.ports)

    def guard(self, definition: Any, before: Any = None) -> None:
        refer_by_definition(CALLER, "wf_1", definition, before, resources=self.resources, clock=lambda: self.now)

    def write(self, definition: Any, *, slug: str | None = None) -> None:
        """The workflow as `write_workflow` makes it: guard, write, sink."""
        self.now += timedelta(seconds=1)
        before = self.workflows.get("wf_1")
        self.guard(definition, before.version.definition if before else None)
        at, number = text_of(self.now), before.version.number + 1 if before else 1
        version = Version("wf_1", number, definition, "", at, "k")
        workflow = Workflow("wf_1", "w", number, "active", "manual", at, at, "k", "k", slug=slug, rev=number)
        if before is None:
            self.workflows.create(workflow, version)
        else:
            self.workflows.write(before.workflow, workflow, version, retired_at=None)
        self.now += timedelta(seconds=1)
        replaced = before.version if before else None
        self.sink(Changed(workflow, version, before.workflow if before else None, replaced=replaced))

    def sink(self, changed: Changed) -> None:
        release_by_change(changed, resources=self.resources)

    def remove(self) -> None:
        found = self.workflows.get("wf_1")
        assert found is not None
        self.workflows.delete(found.workflow, text_of(self.now))
        self.sink(Changed(found.workflow, found.version, found.workflow, deleted=True))


@pytest.fixture
def desk() -> Desk:
    one = Desk()
    one.put("agent", "writer", {})
    one.put("tool", "search", {"config": {"url": "https://a.example"}})
    return one


def refused(desk: Desk, kind: Any, name: str) -> tuple[Reference, ...]:
    with pytest.raises(ResourceInUse) as error:
        desk.delete(kind, name)
    return error.value.references


def test_what_a_workflow_names_stays_until_it_names_it_no_more(desk: Desk) -> None:
    desk.write(NAMING)
    assert refused(desk, "agent", "writer") == (Reference("workflows", ("wf_1",)),)
    desk.write(EMPTY)
    assert desk.delete("agent", "writer")


def test_what_a_deleted_workflow_named_can_be_deleted(desk: Desk) -> None:
    desk.write(NAMING, slug="greetings")
    assert refused(desk, "agent", "writer") == (Reference("workflows", ("greetings",)),)
    desk.remove()
    assert desk.delete("agent", "writer")


def test_tasks_and_agents_refer_too(desk: Desk) -> None:
    desk.put("agent", "editor", {"tools": [{"id": "search"}]})
    desk.put("task", "greet", {"agent": "writer", "tool": "search"})
    assert refused(desk, "agent", "writer") == (Reference("tasks", ("greet",)),)
    assert refused(desk, "tool", "search") == (Reference("agents", ("editor",)), Reference("tasks", ("greet",)))
    desk.put("task", "greet", {"agent": "writer"})
    assert desk.delete("agent", "editor")
    assert desk.delete("tool", "search")
    assert desk.delete("task", "greet")
    assert desk.delete("agent", "writer")
    assert desk.resources.used == {}


def test_a_write_under_way_counts_and_one_that_came_to_nothing_does_so_for_a_moment(desk: Desk) -> None:
    desk.guard(NAMING)
    assert refused(desk, "agent", "writer") == (Reference("workflows", ("wf_1",)),)
    desk.now += SOON
    assert desk.delete("agent", "writer")
    assert desk.resources.used == {}


def test_who_begins_to_refer_while_a_resource_is_being_deleted_keeps_it(desk: Desk) -> None:
    class Overtaken(FakeResources):
        def uses(self, ref: Ref, limit: int) -> Any:
            found = super().uses(ref, limit)
            if not self.used:
                desk.guard(NAMING)  # just after who deletes has looked
            return found

    desk.resources.__class__ = Overtaken
    assert refused(desk, "agent", "writer") == (Reference("workflows", ("wf_1",)),)


def test_a_reference_that_comes_back_outlives_who_dropped_it(desk: Desk) -> None:
    """The one who dropped it is slow to take it back, and another has said it again by then."""
    desk.write(NAMING)
    first = desk.workflows.get("wf_1")
    assert first is not None
    dropped = Version("wf_1", 2, EMPTY, "", text_of(desk.now), "k")
    desk.now += timedelta(seconds=1)
    desk.guard(NAMING, EMPTY)
    desk.sink(Changed(first.workflow, dropped, first.workflow, replaced=first.version))
    assert refused(desk, "agent", "writer")


def test_at_most_a_hundred_are_told_and_what_is_not_true_is_passed_over(desk: Desk) -> None:
    for number in range(120):
        desk.resources.use(WRITER, User("task", f"gone-{number:03}"), text_of(START))
        desk.resources.use(WRITER, User("workflow", f"wf_{number:03}"), text_of(START))
    desk.put("task", "zz", {"agent": "writer"})
    desk.now += SOON
    assert references_to(WRITER, desk.ports) == (Reference("tasks", ("zz",)),)
    assert len(desk.resources.used) < 141, "what is not true is taken back on the way"
