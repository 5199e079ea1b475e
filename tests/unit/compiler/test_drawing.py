from xml.etree import ElementTree

import pytest

from stepweave.compiler.drawing import svg
from stepweave.compiler.woven import Await, Branch, Loop, Parallel, Sequence, Step, Weave

A, B, C = Step("a"), Step("b"), Step("c")
TYPES = dict.fromkeys("abcl", "script")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(woven: Weave) -> ElementTree.Element:
    return ElementTree.fromstring(svg(woven, TYPES))


def texts(woven: Weave) -> list[str]:
    return [str(text.text) for text in drawn(woven).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("woven", "seen"),
    [
        (A, ["a", "script"]),
        (Sequence((A, B)), ["a", "script", "b", "script"]),
        (Parallel((A, B)), ["a", "script", "b", "script"]),
        (Sequence((A, Await("b", ("x", "y")), B)), ["a", "script", "await", "x, y", "b", "script"]),
        (Loop("l", A), ["l", "script", "a", "script"]),
        (Branch("c", (("cases/0", A),)), ["cases/0", "a", "script", "otherwise"]),
    ],
)
def test_every_step_and_branch_is_in_the_picture(woven: Weave, seen: list[str]) -> None:
    assert texts(woven) == seen


def test_what_runs_side_by_side_is_wider_and_what_follows_is_higher() -> None:
    one, row, column = (drawn(each) for each in (A, Parallel((A, B, C)), Sequence((A, B, C))))
    assert float(row.attrib["width"]) > 2 * float(one.attrib["width"])
    assert float(column.attrib["height"]) > 2 * float(one.attrib["height"])
    assert column.attrib["width"] == one.attrib["width"]


def test_text_is_escaped() -> None:
    assert "<script>" not in svg(Branch("c", (("<script>", A),)), TYPES)
