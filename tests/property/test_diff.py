"""Differences, judged by another implementation of JSON Patch."""

import copy
from itertools import permutations

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

from stepweave.domain.change_summary import change_summary
from stepweave.domain.diff import diff, equal

scalars = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 0.5, 1.0]), st.text(max_size=2))
names = st.sampled_from(["a", "b", "a/b", "~", "", "steps", "id", "0"])
values = st.recursive(
    scalars, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(names, inside, max_size=3), max_leaves=8
)
ids = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=5)


@st.composite
def step_lists(draw, prefix="", depth=2):
    """Ids are unique in the whole definition."""
    steps = []
    for letter in draw(ids):
        step = {"id": prefix + letter, "type": "wait", "config": draw(st.dictionaries(names, scalars, max_size=2))}
        if depth and letter < "c":
            step |= {"type": "loop", "config": {"items": "[1]", "steps": draw(step_lists(step["id"], depth - 1))}}
        steps.append(step)
    return steps


definitions = st.builds(
    lambda steps, more: {**more, "steps": steps}, step_lists(), st.dictionaries(st.sampled_from("xyz"), values)
)


def applied(operations, before):
    return jsonpatch.apply_patch(before, copy.deepcopy(operations))


@given(values, values)
def test_applied_to_one_value_it_gives_the_other(before, after):
    assert equal(applied(diff(before, after), before), after)


@given(definitions, definitions)
def test_applied_to_one_definition_it_gives_the_other(before, after):
    operations = diff(before, after)
    assert equal(applied(operations, before), after)
    assert diff(before, after) == operations
    assert (change_summary(before, after) == "No changes") == (operations == [])


@given(st.permutations("abcdefg"))
def test_as_few_steps_as_possible_are_moved(order):
    before, after = ({"steps": [{"id": each} for each in ids]} for ids in ("abcdefg", order))
    operations = diff(before, after)
    assert {each["op"] for each in operations} <= {"move"}
    assert len(operations) == 7 - _longest_increasing(order)
    assert applied(operations, before) == after


def _longest_increasing(order):
    longest = [1] * len(order)
    for index, each in enumerate(order):
        longest[index] = 1 + max((longest[one] for one in range(index) if order[one] < each), default=0)
    return max(longest)


def test_every_order_of_four_steps_is_reached():
    for order in permutations("abcd"):
        before, after = ({"steps": [{"id": each} for each in ids]} for ids in ("abcd", order))
        assert applied(diff(before, after), before) == after
