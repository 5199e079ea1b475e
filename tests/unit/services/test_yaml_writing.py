import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stepweave.services.yaml_text import tree_of, value_of
from stepweave.services.yaml_writing import yaml_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRAPS = [
    *("on", "yes", "null", "~", "1e3", "+1", ".5", "0x10", "0o7", "1_000", "12:30", "2026-11-02", "<<", "=", "- a"),
    *("# a", "a: b", " a", "a ", "", "\n", "a\n", "a\n\n", " a\nb", "a\tb", "{{ input.x }}", "\x00", "\x85", "\r\n"),
    *("\u2028", "\ufeff", "%a", "@a", "`a`", "!a", "&a", "*a", "'", '"', "é", "😀", "a\x85\nb", "\ta\nb", "a \nb"),
]
NAMES = TEXT | st.sampled_from(TRAPS)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    LEAVES | st.sampled_from(TRAPS),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


def read(text: str) -> object:
    root = tree_of(text)
    assert root is not None
    return value_of(root)


@given(VALUES)
def test_what_is_written_reads_as_the_value_that_went_in(value: object) -> None:
    again = read(yaml_of(value))
    assert again == value
    assert repr(again) == repr(value)


@pytest.mark.parametrize("text", TRAPS)
def test_readers_of_version_1_1_see_the_same(text: str) -> None:
    assert yaml.safe_load(yaml_of({"a": text})) == {"a": text}


def test_numbers_keep_their_kind() -> None:
    values = [1.0, 1e300, 1e-7, -0.0, 10**30]
    again = read(yaml_of(values))
    assert repr(again) == repr(values)
    assert isinstance(again, list)
    assert math.copysign(1, again[3]) == -1


def test_several_lines_read_as_they_are() -> None:
    written = yaml_of({"steps": [{"id": "a", "source": "import os\nprint(1)\n"}]}, ("from  here\nand there",))
    assert written == ("# from here and there\nsteps:\n  - id: a\n    source: |\n      import os\n      print(1)\n")
