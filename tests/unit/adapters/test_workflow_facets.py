import pytest

from fakes.samples import a_workflow
from stepweave.adapters import workflow_facets as facets
from stepweave.adapters.transaction import MOST
from stepweave.adapters.workflow_store import _list_writes


def test_places_sort_by_the_time_of_the_change_and_then_by_id():
    times = [
        ("2026-11-02T08:30:00.000Z", "wf_1"),
        ("2026-11-02T08:30:00.000Z", "wf_2"),
        ("2026-11-02T08:30:00.001Z", "wf_1"),
    ]
    places = [facets.place(a_workflow(updated_at=at, id=workflow_id)) for at, workflow_id in times]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ((None, None, ()), True),
        (("active", None, ()), True),
        (("paused", None, ()), False),
        ((None, "manual", ("a",)), True),
        ((None, "event", ("a",)), False),
        ((None, None, ("a", "b")), True),
        ((None, None, ("a", "c")), False),
    ],
)
def test_a_place_tells_which_lists_a_workflow_is_in(asked, passes):
    assert facets.is_in(facets.place(a_workflow(tags=("a", "b"))), *asked) is passes


def test_a_row_of_any_list_tells_the_place():
    workflow = a_workflow(name="Nightly clean-up", tags=("a", "b"))
    rows = facets.rows(workflow)
    assert {facets.place_of_row(row["list_key"]) for row in rows.values()} == {facets.place(workflow)}
    assert {row["list"] for row in rows.values()} == {
        "WORKFLOWS#status#active",
        "WORKFLOWS#trigger#manual",
        "WORKFLOWS#tag#a",
        "WORKFLOWS#tag#b",
        "WORKFLOWS#word",
    }


def test_a_name_is_searched_by_its_first_words():
    assert facets.searched_words("Nightly  clean-up") == ["nightly clean-up", "clean-up", "up"]
    assert facets.searched_words("[x] y") == ["[x] y", "x] y", "y"]
    assert len(facets.searched_words(" ".join(map(str, range(100))))) == facets.MAX_WORDS


def test_the_longest_keys_fit_into_the_index():
    workflow = a_workflow(id="wf_" + "0" * 26, name="ΐ" * 200, tags=tuple(f"{number}" * 50 for number in range(20)))
    assert max(len(row["list_key"].encode()) for row in facets.rows(workflow).values()) <= 1024
    assert facets.finds("ΐ" * 100, workflow.name)


def test_the_largest_change_fits_into_a_transaction():
    before = a_workflow(name=" ".join("a" + str(each) for each in range(20)), tags=tuple(map(str, range(20))))
    after = a_workflow(
        name=" ".join("b" + str(each) for each in range(20)),
        tags=tuple(map(str, range(20, 40))),
        trigger_type="event",
        status="paused",
        updated_at="2027",
    )
    others = 1 + 3 + 2  # the workflow, its versions, its slugs
    assert len(_list_writes(before, after)) + others <= MOST


def test_only_lists_that_grow_or_shrink_are_counted():
    before, after = a_workflow(tags=("a", "b")), a_workflow(tags=("b", "c"), status="paused")
    assert dict(facets.changed_counts(before, after)) == {
        "WORKFLOWS#status#active": -1,
        "WORKFLOWS#status#paused": 1,
        "WORKFLOWS#tag#a": -1,
        "WORKFLOWS#tag#c": 1,
    }
    assert dict(facets.changed_counts(None, before))["WORKFLOWS"] == 1
    assert dict(facets.changed_counts(before, None))["WORKFLOWS"] == -1
