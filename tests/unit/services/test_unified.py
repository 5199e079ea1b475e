"""Unified differences, held against Python's own."""

from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from stepweave.services.unified import unified

NAMES = ("version 1", "version 2")
texts = st.lists(st.sampled_from("abcdef"), max_size=30)


@given(texts, texts)
def test_it_is_what_diff_u_writes(one, other):
    assert list(unified(one, other, NAMES)) == list(unified_diff(one, other, *NAMES, lineterm=""))


def test_equal_texts_differ_in_nothing():
    assert list(unified(["a"], ["a"], NAMES)) == []


def test_what_may_not_be_compared_is_shown_as_replaced_but_for_both_ends():
    one, other = ["1", "x", "a", "b", "2"], ["1", "a", "b", "y", "2"]
    most = list(unified(one, other, NAMES))
    assert most[2:] == ["@@ -1,5 +1,5 @@", " 1", "-x", " a", " b", "+y", " 2"]
    assert list(unified(one, other, NAMES, pairs=0))[3:] == [" 1", "-x", "-a", "-b", "+a", "+b", "+y", " 2"]


@given(texts, texts, st.integers(0, 200))
def test_however_much_is_compared_it_makes_one_text_of_the_other(one, other, pairs):
    assert patched(one, list(unified(one, other, NAMES, pairs))) == other


def patched(text, lines):
    made, at = [], 0
    for line in lines[2:]:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            begin = int(start) - (length != "0")
            made, at = made + text[at:begin], begin
        else:
            assert line[0] == "+" or line[1:] == text[at]
            made += [line[1:]] if line[0] in " +" else []
            at += line[0] in " -"
    return made + text[at:]


def test_lines_that_stand_everywhere_take_no_time():
    """Each of 199 lines stands 300 times in either text, never in the same order for long: hours, if all were compared
    with all."""
    one, other = ([str(number * factor % 199) for number in range(60_000)] for factor in (1, 7))
    assert sum(line[0] == "-" for line in unified(one, other, NAMES)) > 50_000
    changed = [*one[:40_000], "changed", *one[40_000:]]
    assert [line for line in unified(one, changed, NAMES) if line[0] == "+"][1:] == ["+changed"]
