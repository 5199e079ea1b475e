import pytest

from stepweave.domain import diff as module
from stepweave.domain.diff import diff, equal


def steps(*ids, **changed):
    return {"steps": [{"id": each, "config": {"n": changed.get(each, 0)}} for each in ids]}


def places(operations):
    return [(each["op"], each.get("from"), each["path"]) for each in operations]


def test_equal_values_differ_in_nothing():
    assert diff({"a": 1, "b": [1.0]}, {"b": [1], "a": 1}) == []


def test_members_are_removed_added_and_replaced():
    found = diff({"a/b": 1, "c": {"d": 1}, "e": 0}, {"e": 0, "c": {"d": 2}, "f": None})
    assert found == [
        {"op": "remove", "path": "/a~1b"},
        {"op": "replace", "path": "/c/d", "value": 2},
        {"op": "add", "path": "/f", "value": None},
    ]


def test_the_published_example():
    before, after = steps("a", "b"), steps("a", "b", "c", a=1)
    assert places(diff(before, after)) == [("add", None, "/steps/2"), ("replace", None, "/steps/0/config/n")]


def test_an_insertion_at_the_front_is_one_addition():
    assert places(diff(steps("a", "b", "c"), steps("x", "a", "b", "c"))) == [("add", None, "/steps/0")]


def test_a_step_that_moves_is_moved_and_no_other():
    assert places(diff(steps(*"abcde"), steps(*"bcdea"))) == [("move", "/steps/0", "/steps/4")]
    assert places(diff(steps(*"abcde"), steps(*"eabcd"))) == [("move", "/steps/4", "/steps/0")]


def test_steps_are_removed_from_the_end_on():
    assert places(diff(steps(*"abcd"), steps(*"bd"))) == [("remove", None, "/steps/2"), ("remove", None, "/steps/0")]


def test_steps_in_a_loop_are_matched_by_their_ids_too():
    def loop(nested):
        return {"steps": [{"id": "each", "config": nested}]}

    found = diff(loop(steps("a", "b")), loop(steps("x", "a", "b")))
    assert places(found) == [("add", None, "/steps/0/config/steps/0")]


@pytest.mark.parametrize("other", [[{"id": "a"}, {"id": "a"}], [{"id": 1}], [7], [{}]])
def test_a_list_without_ids_of_its_own_is_a_list_like_others(other):
    found = diff({"steps": [{"id": "a"}]}, {"steps": other})
    assert found
    assert all(each["op"] != "move" for each in found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([1, 2, 3], [0, 1, 2, 3], [("add", None, "/0")]),
        ([1, 2, 3], [1, 3], [("remove", None, "/1")]),
        ([1, 2, 3], [1, 9, 3], [("replace", None, "/1")]),
        ([1, 2, 3, 4], [2, 9, 4, 5], [("remove", None, "/0"), ("replace", None, "/1"), ("add", None, "/3")]),
        ([1, 2], [], [("remove", None, "/1"), ("remove", None, "/0")]),
        ([[1, 2]], [[1, 3]], [("replace", None, "/0/1")]),
    ],
)
def test_lists_are_aligned_by_what_they_have_in_common(before, after, expected):
    assert places(diff(before, after)) == expected


def test_what_is_too_long_to_be_aligned_is_compared_place_by_place(monkeypatch):
    monkeypatch.setattr(module, "MAX_ALIGNED", 3)
    assert len(diff([1, 2, 3], [4, 1, 2])) == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (None, False, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({}, [], False),
        ("1", 1, False),
    ],
)
def test_equality_is_that_of_json(one, other, same):
    assert equal(one, other) is same


def test_long_lists_of_large_elements_are_compared_in_no_time():
    """Of 500 elements none equals another, and each begins alike: 250,000 comparisons of 400 numbers each."""
    before, after = ([[*[0] * 400, number + first] for number in range(500)] for first in (0, 1_000))
    assert {each["path"].count("/") for each in diff(before, after)} == {2}


def test_many_lists_share_what_may_be_compared(monkeypatch):
    monkeypatch.setattr(module, "MAX_ALIGNED", 4)
    before, after = [[1, 2], [3, 4]], [[0, 1], [0, 3]]
    assert len(diff(before[0], after[0])) == 2
    found = diff({"a": before[0], "b": before[1]}, {"a": after[0], "b": after[1]})
    assert [each["op"] for each in found] == ["add", "remove", "replace", "replace"]
