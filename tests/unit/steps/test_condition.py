from collections.abc import Callable
from typing import Any

import pytest

from stepweave.errors import ExpressionError
from stepweave.services.ports import Done, StepContext
from stepweave.steps.condition import condition

MakeContext = Callable[..., StepContext]


@pytest.mark.parametrize(
    ("value", "branch"),
    [
        (True, "then"),
        (False, "else"),
        (1, "then"),
        (0, "else"),
        ("x", "then"),
        ("", "else"),
        (None, "else"),
        ([], "else"),
        ([0], "else"),
        ([0, 1], "then"),
        ({}, "else"),
        ({"a": 1}, "then"),
    ],
)
def test_an_expression_is_true_as_jsonata_says(make_context: MakeContext, value: Any, branch: str) -> None:
    context = make_context({"expression": "x", "then": ["a"]}, evaluate={"x": value}.__getitem__)
    assert condition()(context) == Done({"result": branch == "then", "branch": branch}, branch=branch)


def test_the_first_true_case_is_taken_and_later_ones_are_not_evaluated(make_context: MakeContext) -> None:
    seen: list[str] = []

    def evaluate(expression: str) -> bool:
        seen.append(expression)
        return expression == "b"

    cases = [{"when": name, "then": [name]} for name in ("a", "b", "c")]
    done = condition()(make_context({"cases": cases, "else": ["d"]}, evaluate=evaluate))
    assert done == Done({"result": True, "branch": "cases/1"}, branch="cases/1")
    assert seen == ["a", "b"]


def test_without_a_true_case_the_branch_is_else(make_context: MakeContext) -> None:
    context = make_context({"cases": [{"when": "a", "then": ["x"]}]}, evaluate=lambda _: False)
    assert condition()(context) == Done({"result": False, "branch": "else"}, branch="else")


def test_the_config_as_written_is_evaluated_not_what_it_was_rendered_to(make_context: MakeContext) -> None:
    context = make_context(
        {"expression": "rendered"}, raw={"expression": "{{ x }}"}, evaluate={"{{ x }}": 1}.__getitem__
    )
    assert condition()(context) == Done({"result": True, "branch": "then"}, branch="then")


def test_an_expression_that_fails_fails_the_step(make_context: MakeContext) -> None:
    def evaluate(expression: str) -> Any:
        raise ExpressionError("expression_failed", "no", expression=expression)

    with pytest.raises(ExpressionError):
        condition()(make_context({"expression": "x"}, evaluate=evaluate))
