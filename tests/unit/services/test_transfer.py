"""Import: what becomes of a document, by what is there already."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from fakes.stores import FakeIdempotencyKeys
from fakes.workflows import FakeWorkflows
from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Invalid
from stepweave.services.transfer import Document, ImportPorts, exported, import_workflow, provenance
from stepweave.services.workflow_creation import CreatePorts, create_workflow
from stepweave.services.workflow_replacement import replace_workflow
from stepweave.services.workflow_status import set_status
from stepweave.services.workflow_writes import WritePorts

ME = Caller("key_1", "write")
ID = "wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"
STEPS = [{"id": "a", "type": "wait", "config": {"seconds": 1}}]
FETCH = Document({"name": "Fetch", "tags": ["web"], "steps": STEPS}, slug="fetch")


@pytest.fixture
def workflows():
    return FakeWorkflows()


@pytest.fixture
def ports(workflows):
    ticks, numbers = itertools.count(), itertools.count(1)
    start = datetime(2026, 11, 2, 14, tzinfo=UTC)
    write = WritePorts(workflows, lambda: start + timedelta(seconds=next(ticks)), lambda _: None, lambda: 0.5)
    making = CreatePorts(write, FakeIdempotencyKeys(), lambda prefix: f"{prefix}_{next(numbers)}")

    def create(caller, request, workflow_id):
        under = replace(making, new_id=lambda _: workflow_id) if workflow_id else making
        return create_workflow(caller, request, under).workflow

    return ImportPorts(workflows, create, partial(replace_workflow, ports=write), partial(set_status, ports=write))


def take(document, ports, on_conflict="fail"):
    found = import_workflow(ME, document, on_conflict, ports)
    return found.result, found.workflow


def the_document_of(workflows, workflow_id):
    found = workflows.get(workflow_id)
    return exported(found.workflow, found.version)


def test_a_document_makes_a_workflow_with_what_the_definition_says(ports):
    result, made = take(FETCH, ports)
    assert result == "created"
    assert (made.slug, made.tags, made.trigger_type, made.status) == ("fetch", ("web",), "manual", "active")


def test_a_definition_s_schedule_tells_the_trigger_type(ports):
    scheduled = replace(FETCH, definition={**FETCH.definition, "schedule": {"cron": "0 9 * * *"}})
    assert take(scheduled, ports)[1].trigger_type == "schedule"


@pytest.mark.parametrize("rule", ["fail", "version"])
def test_what_was_exported_changes_nothing(ports, workflows, rule):
    _, made = take(replace(FETCH, status="draft", tags=("b", "a")), ports)
    content = the_document_of(workflows, made.id)
    document = Document(**{**content, "tags": tuple(content["tags"])})
    assert take(document, ports, rule) == ("unchanged", made)
    assert list(workflows.workflows) == [made.id]


def test_elsewhere_it_makes_the_workflow_under_its_own_id(ports):
    result, made = take(replace(FETCH, id=ID), ports)
    assert (result, made.id) == ("created", ID)
    assert take(replace(FETCH, id=ID, slug=None), ports)[0] == "unchanged"


def test_the_id_of_a_deleted_workflow_is_not_used_again(ports, workflows):
    _, made = take(replace(FETCH, id=ID), ports)
    workflows.delete(made, made.updated_at)
    result, again = take(replace(FETCH, id=ID), ports)
    assert result == "created"
    assert again.id != ID
    assert take(replace(FETCH, id=ID), ports) == ("unchanged", again)


def test_another_workflow_of_that_slug_is_a_conflict_that_changes_nothing(ports, workflows):
    _, made = take(FETCH, ports)
    other = replace(FETCH, definition={**FETCH.definition, "name": "Other"})
    with pytest.raises(Conflict) as refused:
        take(other, ports)
    assert refused.value.code == "workflow_exists"
    assert made.id in refused.value.message
    assert workflows.get(made.id).workflow == made


def test_as_a_version_it_changes_what_it_says_and_keeps_the_rest(ports, workflows):
    _, made = take(replace(FETCH, tags=("kept",), trigger_type="event"), ports)
    other = Document({**FETCH.definition, "name": "Other"}, slug="fetch", status="paused")
    result, after = take(other, ports, "version")
    assert result == "changed"
    assert (after.id, after.version, after.name, after.status) == (made.id, 2, "Other", "paused")
    assert (after.tags, after.trigger_type) == (("kept",), "event")
    assert take(other, ports, "version") == ("unchanged", after)


def test_a_new_status_alone_makes_no_version(ports):
    take(FETCH, ports)
    result, after = take(replace(FETCH, status="archived"), ports, "version")
    assert (result, after.version, after.status) == ("changed", 1, "archived")


def test_by_its_id_a_workflow_gets_another_slug(ports):
    take(replace(FETCH, id=ID), ports)
    result, after = take(replace(FETCH, id=ID, slug="renamed"), ports, "version")
    assert (result, after.slug, after.version) == ("changed", "renamed", 1)


def test_a_copy_stands_beside_without_the_slug(ports, workflows):
    _, made = take(replace(FETCH, id=ID), ports)
    result, copy = take(replace(FETCH, id=ID), ports, "copy")
    assert result == "created"
    assert (copy.slug, copy.name) == (None, made.name)
    assert len(workflows.workflows) == 2


def test_a_definition_with_problems_is_refused_whatever_is_there(ports):
    with pytest.raises(Invalid) as refused:
        take(Document({"name": "x", "steps": []}), ports)
    assert [fault.path for fault in refused.value.faults] == ["/definition/steps"]


def test_the_provenance_tells_version_author_and_time(ports, workflows):
    _, made = take(replace(FETCH, id=ID), ports)
    found = workflows.get(made.id)
    assert provenance(found.workflow, found.version) == (
        f"Fetch: version 1 of {ID}, made at {made.created_at} by key_1",
        f"Initial version; the workflow was last changed at {made.created_at}",
    )
