"""The port `Workflows`."""

import random
from dataclasses import replace
from itertools import product

import pytest

from fakes.samples import NOW, a_version, a_workflow
from fakes.workflows import FakeWorkflows
from stepweave.domain.workflow import Machine
from stepweave.errors import Conflict, NotFound
from stepweave.services.listing import WorkflowFilters

ALL = WorkflowFilters()
LATER, MUCH_LATER = "2026-11-03T08:30:00.000Z", "2026-11-04T08:30:00.000Z"


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


def write(stores, before, after, version=None, retired_at=None):
    return stores.workflows.write(before, after, version, retired_at=retired_at)


def test_a_change_is_written_over_what_it_was_made_of_and_no_other(stores):
    create(stores, slug="fetch-it", description="Fetches")
    before = a_workflow(slug="fetch-it", description="Fetches")
    after = a_workflow(name="Other", slug="other", tags=("x", "y"), status="paused", version=2, rev=2)
    second = a_version(number=2, change_summary="Second")
    assert write(stores, before, after, second)
    assert (stores.workflows.get("wf_1").workflow, stores.workflows.get("wf_1").version) == (after, second)
    assert [stores.workflows.resolve(slug) for slug in ("fetch-it", "other")] == [None, "wf_1"]
    assert not write(stores, before, a_workflow(rev=2))
    assert stores.workflows.get("wf_1").workflow == after
    create(stores, "wf_2", slug="fetch-it")
    with pytest.raises(Conflict):
        write(stores, after, a_workflow(name="Other", slug="fetch-it", rev=3))
    assert stores.workflows.get("wf_1").workflow == after


def test_a_creation_sent_again_is_no_second(stores):
    create(stores, slug="fetch-it")
    assert stores.workflows.create(a_workflow(slug="fetch-it", name="Again"), a_version()) is False
    assert stores.workflows.get("wf_1").workflow.name == "Fetch"
    assert stores.workflows.page(ALL, limit=9, offset=0, cursor=None).total == 1


def test_notes_of_versions_are_newest_first_and_joined_by_cursors(stores):
    create(stores)
    for number in range(2, 6):
        before, after = (a_workflow(version=each, rev=each) for each in (number - 1, number))
        write(stores, before, after, a_version(number=number, change_summary=f"Change {number}"))

    def page(limit, offset=0, cursor=None):
        return stores.workflows.notes("wf_1", newest=5, limit=limit, offset=offset, cursor=cursor)

    first = page(2)
    assert [(note.number, note.change_summary) for note in first.rows] == [(5, "Change 5"), (4, "Change 4")]
    second = page(2, cursor=first.next_cursor)
    assert [note.number for note in second.rows] == [3, 2]
    last = page(2, cursor=second.next_cursor)
    assert ([note.number for note in last.rows], last.total, last.next_cursor) == ([1], 5, None)
    assert [note.number for note in page(2, offset=3).rows] == [2, 1]
    assert page(2, offset=9).rows == []


def random_workflow(chosen, workflow_id, rev):
    return a_workflow(
        id=workflow_id,
        name=" ".join(chosen.sample(("Nightly", "report", "clean-up", "data"), 2)),
        status=chosen.choice(["active", "paused"]),
        trigger_type=chosen.choice(["manual", "event"]),
        tags=tuple(chosen.sample("abc", chosen.randrange(4))),
        updated_at=f"2026-11-02T08:30:{chosen.randrange(40):02}.000Z",
        rev=rev,
    )


def test_lists_are_what_a_model_of_them_says(stores):
    """The same story told to the port and to the one in memory, and every list compared."""
    chosen = random.Random(7)  # noqa: S311  # a story, no secret
    model, stand = FakeWorkflows(), {}
    for number in range(60):
        workflow_id = f"wf_{number % 25:02}"
        before = stand.get(workflow_id)
        if before and chosen.random() < 0.2:
            assert stores.workflows.delete(before, NOW)
            assert model.delete(before, NOW)
            stand[workflow_id] = None
        elif before or workflow_id not in stand:
            after = random_workflow(chosen, workflow_id, before.rev + 1 if before else 1)
            for each in (stores.workflows, model):
                if before:
                    assert each.write(before, after, None, retired_at=None)
                else:
                    assert each.create(after, a_version(workflow_id=workflow_id))
            stand[workflow_id] = after
    choices = product((None, "active"), (None, "event"), ((), ("a",), ("b", "c")), (None, "report", "data", "data rep"))
    for filters in (WorkflowFilters(*each) for each in choices):
        found, expected = (each.page(filters, limit=4, offset=1, cursor=None) for each in (stores.workflows, model))
        assert (found.rows, found.total) == (expected.rows, expected.total), filters


def test_what_is_left_of_a_deleted_workflow_is_found_until_it_is_forgotten(stores):
    create(stores, slug="fetch-it", tags=("x",))
    create(stores, "wf_2")
    stores.workflows.set_machine("wf_1", 1, Machine("arn:1", "plan1", "r1"), replaces=None, check_after=NOW)
    stores.workflows.set_machine("wf_1", 1, Machine("arn:2", "plan1", "r2"), replaces="arn:1", check_after=NOW)
    stores.plans.put("wf_1", "plan1", {"format": 1, "steps": {}})
    assert not stores.workflows.delete(a_workflow(slug="fetch-it", tags=("x",), rev=2), NOW)
    assert stores.workflows.delete(a_workflow(slug="fetch-it", tags=("x",)), NOW)
    assert (stores.workflows.get("wf_1"), stores.workflows.status("wf_1")) == (None, None)
    assert stores.workflows.resolve("fetch-it") is None
    with pytest.raises(NotFound):
        create(stores)
    assert (stores.deleted.due(NOW, 9), stores.deleted.deleted_at("wf_1")) == (["wf_1"], NOW)
    assert stores.deleted.machines("wf_1") == ["arn:1", "arn:2"]
    assert stores.retired.due(LATER, 9) == []
    stores.deleted.remove_versions("wf_1")
    stores.deleted.remove_versions("wf_1")
    assert stores.workflows.version("wf_1", 1) is None
    assert stores.deleted.machines("wf_1") == []
    assert stores.plans.get("wf_1", "plan1")
    stores.deleted.put_off("wf_1", LATER)
    assert stores.deleted.due(NOW, 9) == []
    stores.deleted.forget("wf_1")
    stores.deleted.forget("wf_1")
    assert (stores.deleted.due(LATER, 9), stores.deleted.deleted_at("wf_1")) == ([], None)
    stores.deleted.put_off("wf_1", LATER)
    assert stores.deleted.due(LATER, 9) == []
    assert stores.deleted.deleted_at("wf_2") is None


def test_machines_are_looked_after_until_they_are_forgotten(stores):
    create(stores)
    stores.workflows.set_machine("wf_1", 1, Machine("arn:1", "plan1", "r1"), replaces=None, check_after=NOW)
    stores.workflows.set_machine("wf_1", 1, Machine("arn:2", "plan1", "r2"), replaces="arn:1", check_after=NOW)
    [old] = stores.retired.due(NOW, 9)
    assert (old.arn, old.past, old.current) == ("arn:2", {"arn:1"}, True)
    stores.retired.forget(old, ["arn:1"], LATER)
    assert stores.retired.due(NOW, 9) == []
    [later] = stores.retired.due(LATER, 9)
    assert (later.arn, later.past) == ("arn:2", frozenset())
    assert write(stores, a_workflow(), a_workflow(version=2, rev=2), a_version(number=2), retired_at=MUCH_LATER)
    stores.retired.forget(later, ["arn:2"], None)
    [again] = stores.retired.due(MUCH_LATER, 9)
    assert (again.arn, again.current) == ("arn:2", False)
    stores.retired.forget(again, ["arn:2"], None)
    assert stores.workflows.version("wf_1", 1).machine is None
    assert stores.retired.due(MUCH_LATER, 9) == []


def named(stores, prefix="", limit=9, at=None):
    page = stores.workflows.named(prefix, limit=limit, at=at)
    return [each.workflow.slug or each.workflow.id for each in page.rows], page


@pytest.fixture
def several(stores):
    for number, slug in enumerate(["b", "a", None, "a.b", "ab"]):
        workflow_id = f"wf_{number}"
        stores.workflows.create(a_workflow(id=workflow_id, slug=slug), a_version(workflow_id=workflow_id))
    return stores


ORDERED = ["a", "a.b", "ab", "b", "wf_2"]


def test_workflows_are_read_by_name_in_its_order_with_their_definitions(several):
    names, page = named(several)
    assert (names, page.total, page.after, page.before) == (ORDERED, 5, None, None)
    assert page.rows[0].version == a_version(workflow_id="wf_1")
    names, page = named(several, "a")
    assert (names, page.total) == (["a", "a.b", "ab"], 3)
    assert named(several, "x")[0] == []


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_by_name_follow_each_other_in_both_directions(several, limit):
    names, page = named(several, limit=limit)
    there = [names]
    while page.after:
        names, page = named(several, limit=limit, at=page.after)
        there.append(names)
    assert [each for names in there for each in names] == ORDERED
    back = [names]
    while page.before:
        names, page = named(several, limit=limit, at=page.before)
        back.insert(0, names)
    assert [each for names in back for each in names] == ORDERED


def test_a_workflow_stands_under_its_newest_name_and_goes_with_its_deletion(several):
    found = several.workflows.get("wf_0").workflow
    renamed = replace(found, slug="z", rev=2)
    assert several.workflows.write(found, renamed, None, retired_at=None)
    assert named(several)[0] == ["a", "a.b", "ab", "wf_2", "z"]
    assert several.workflows.delete(renamed, NOW)
    assert named(several)[0] == ["a", "a.b", "ab", "wf_2"]
