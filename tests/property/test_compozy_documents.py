"""Documents with anything in any place: translated or refused, never anything else."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepweave.compozy.definition import translate
from stepweave.errors import Invalid

RICH = json.loads((Path(__file__).parent.parent / "rich_document.json").read_text())
"""Of everything that a document may hold, something."""
JUNK = [
    *(None, True, 0, -1, 1.5, 10**400, "", "x", "{{ .", "{{ .a.b }}", "input.x = '{{'", "a" * 300, "\ud800"),
    *([], [1], ["a", None], {}, {"id": 1}, {"x": {"y": []}}, {"id": "q", "tool": {"with": [1]}}),
]
Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from places(each, (*at, name))


def replaced(document: Any, place: Place, junk: Any) -> Any:
    if not place:
        return junk
    changed = copy.deepcopy(document)
    inner = changed
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = junk
    return changed


def translated_or_refused(document: Any) -> None:
    try:
        translate(document)
    except Invalid as invalid:
        paths = [fault.path for fault in invalid.faults]
        assert all(path == "" or path.startswith("/") for path in paths), paths  # both are right


def test_the_document_itself_is_translated():
    assert len(translate(RICH).definition["steps"]) == 12


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(JUNK)), min_size=1, max_size=3))
def test_a_document_with_anything_anywhere_is_translated_or_refused(changes: list[tuple[int, Any]]) -> None:
    document = RICH
    for number, junk in changes:
        there = list(places(document))
        document = replaced(document, there[number % len(there)], junk)
    translated_or_refused(document)


@pytest.mark.parametrize("depth", [61, 62, 63, 100_000])
def test_a_document_that_is_nested_deeply_is_translated_or_refused(depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    translated_or_refused({**RICH, "description": deep})
