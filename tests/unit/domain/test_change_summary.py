import pytest

from stepweave.domain.change_summary import change_summary

A = {"id": "a", "type": "wait", "config": {"seconds": 1}}
B, C, D = ({**A, "id": name} for name in "bcd")
LOOP = {"id": "each", "type": "loop", "config": {"items": "[1]", "steps": [C]}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([A], [A], "No changes"),
        ([A], [A, B], "Added 1 step"),
        ([A], [{**A, "when": "true"}, B], "Added 1 step, modified 1 step"),
        ([A, B, C], [D], "Added 1 step, removed 3 steps"),
        ([A, B, C], [C, A, B], "Reordered steps"),
        ([A, B], [B, {**A, "when": "true"}], "Modified 1 step, reordered steps"),
        ([LOOP], [{**LOOP, "config": {"items": "[1]", "steps": [C, D]}}], "Added 1 step"),
        ([LOOP], [{**LOOP, "config": {"items": "[2]", "steps": [C]}}], "Modified 1 step"),
        ([LOOP, C], [{**LOOP, "config": {"items": "[1]", "steps": [B]}}, C], "Added 1 step"),
    ],
)
def test_steps_are_counted(before, after, expected):
    assert change_summary({"steps": before}, {"steps": after}) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"description": "x"}, {"description": "y"}, "Changed description"),
        ({"name": "x"}, {"name": "y", "tags": []}, "Changed name and tags"),
        ({"outputs": {}, "name": "x"}, {"tags": [], "name": "y"}, "Changed outputs, name and tags"),
        ({"config": {"env": {}}}, {"config": {"env": {}}}, "No changes"),
    ],
)
def test_other_members_are_named(before, after, expected):
    assert change_summary({"steps": [A], **before}, {"steps": [A], **after}) == expected


def test_both_are_told_together():
    assert change_summary({"steps": [A], "name": "x"}, {"steps": [], "name": "y"}) == "Removed 1 step, changed name"


def test_a_step_that_moves_into_a_loop_is_modified():
    assert change_summary({"steps": [LOOP, A]}, {"steps": [{**LOOP, "config": {"items": "[1]", "steps": [C, A]}}]}) == (
        "Modified 1 step"
    )
