"""What an event has room for of what a step tells."""

import json

import pytest

from stepweave.services.diary import TOLD_SIZE, shortened

MARKS = 60
"""Characters that the marks of what is left out may take beside the rest."""


def test_what_is_small_is_told_as_it_is():
    told = {"level": "info", "message": "The model answered", "turn": 1, "tools": ["a", "b"], "arguments": {"n": None}}
    assert shortened(told) == told


def test_long_texts_lists_and_objects_are_cut_and_say_so():
    found = shortened({"text": "x" * 501, "list": list(range(21)), "object": {str(n): n for n in range(21)}})
    assert found["text"] == "x" * 500 + "..."
    assert found["list"] == [*range(20), "..."]
    assert found["object"]["..."] == 1


def nested(width, depth):
    return {f"name {number}": nested(width, depth - 1) if depth else "y" * 90 for number in range(width)}


@pytest.mark.parametrize(
    "value", [nested(20, 3), ["é\x00" * 400] * 20, "\U0001f680" * 5_000, [[["z" * 400] * 20] * 20] * 20], ids=range(4)
)
def test_an_event_stays_small_whatever_is_told(value):
    told = shortened({"level": "info", "message": "m", "arguments": value, "answer": value})
    assert told["message"] == "m"
    assert len(json.dumps(told)) <= TOLD_SIZE + MARKS
    assert "..." in json.dumps(told)
