from itertools import combinations

from stepweave.domain.sameness import Sameness

DIFFERENT = [None, True, False, 0, 1, 0.5, "", "0", "1", [], {}, [[]], [0], [True], [1, 2], [2, 1], {"a": 1}, {"a": []}]


def test_what_differs_is_told_apart():
    same = Sameness(DIFFERENT)
    assert [pair for pair in combinations(DIFFERENT, 2) if same(*pair)] == []


def test_members_come_in_any_order_and_numbers_by_value():
    one, other = {"a": [1, {"x": 0.0}], "b": None}, {"b": None, "a": [1.0, {"x": 0}]}
    assert Sameness(one, other)(one, other)


def test_parts_of_both_values_are_compared():
    one, other = {"a": [1]}, [[1.0], [2]]
    same = Sameness(one, other)
    assert same(one["a"], other[0])
    assert not same(one["a"], other[1])
