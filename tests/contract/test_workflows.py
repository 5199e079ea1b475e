"""The port `Workflows`."""

import pytest

from fakes.samples import NOW, a_version, a_workflow
from stepweave.domain.workflow import Machine
from stepweave.errors import Conflict
from stepweave.services.listing import WorkflowFilters

ALL = WorkflowFilters()


def create(stores, workflow_id="wf_1", **changes):
    stores.workflows.create(a_workflow(id=workflow_id, **changes), a_version(workflow_id=workflow_id))


def test_a_workflow_comes_back_as_it_was_stored_with_its_version(stores):
    create(stores, slug="fetch-it", description="Fetches")
    found = stores.workflows.get("wf_1")
    assert found.workflow == a_workflow(slug="fetch-it", description="Fetches")
    assert found.version == a_version()
    assert list(found.version.definition["steps"][0]["config"]) == ["ratio", "z", "b"]


def test_a_large_definition_comes_back_whole(stores):
    large = {"name": "Large", "steps": [], "description": "x" * 150_000}
    stores.workflows.create(a_workflow(), a_version(definition=large))
    assert stores.workflows.get("wf_1").version.definition == large


def test_a_slug_leads_to_its_workflow_and_is_given_once(stores):
    create(stores, slug="fetch-it")
    assert stores.workflows.resolve("fetch-it") == "wf_1"
    assert stores.workflows.resolve("other") is None
    with pytest.raises(Conflict) as error:
        create(stores, "wf_2", slug="fetch-it")
    assert error.value.code == "slug_taken"
    assert stores.workflows.get("wf_2") is None


def test_a_version_is_found_by_its_number_and_keeps_its_machine(stores):
    create(stores)
    machine = Machine("arn:machine", "plan1", "release1")
    stores.workflows.set_machine("wf_1", 1, machine, replaces=None, check_after=NOW)
    assert stores.workflows.version("wf_1", 1).machine == machine
    assert stores.workflows.get("wf_1").version.machine == machine
    assert stores.workflows.version("wf_1", 2) is None


def test_a_list_is_newest_first_and_its_pages_join_without_gap_or_repeat(stores):
    for number in range(5):
        create(stores, f"wf_{number}", updated_at=f"2026-11-0{number + 1}T00:00:00.000Z")
    first = stores.workflows.page(ALL, limit=2, offset=0, cursor=None)
    second = stores.workflows.page(ALL, limit=2, offset=0, cursor=first.next_cursor)
    third = stores.workflows.page(ALL, limit=2, offset=0, cursor=second.next_cursor)
    assert [[w.id for w in page.rows] for page in (first, second, third)] == [
        ["wf_4", "wf_3"],
        ["wf_2", "wf_1"],
        ["wf_0"],
    ]
    assert [page.total for page in (first, second, third)] == [5, 5, 5]
    assert third.next_cursor is None
    assert [w.id for w in stores.workflows.page(ALL, limit=2, offset=3, cursor=None).rows] == ["wf_1", "wf_0"]


def test_ties_of_a_list_are_ordered_by_id(stores):
    for name in ("wf_b", "wf_a"):
        create(stores, name, updated_at=NOW)
    assert [w.id for w in stores.workflows.page(ALL, limit=9, offset=0, cursor=None).rows] == ["wf_b", "wf_a"]


def test_the_status_is_read_alone(stores):
    create(stores, status="paused")
    assert [stores.workflows.status(each) for each in ("wf_1", "wf_9")] == ["paused", None]
