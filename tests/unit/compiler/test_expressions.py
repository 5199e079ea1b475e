import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from stepweave.compiler.bounds import MAX_OUTPUT, AsJson, Refused
from stepweave.compiler.expressions import MAX_SOURCE, evaluate, render, syntax_problem, truth
from stepweave.errors import ExpressionError

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
SCOPE: dict[str, Any] = {
    "input": {"a": 1, "nothing": None, "items": [{"price": 5}, {"price": 20}], "text": "x"},
    "steps": {"my-id": {"output": 3}},
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("input.a", 1),
        ("{{ input.a }}", 1),
        ("input.nothing", None),
        ("steps.`my-id`.output", 3),
        ("input.items[price > 10]", {"price": 20}),
        ("{{ {'a': {'b': 4 / 2}} }}", {"a": {"b": 2}}),
        ("[1..3]", [1, 2, 3]),
        ("[null, true, 1.5]", [None, True, 1.5]),
        ("$now()", "2026-01-02T03:04:05.678Z"),
        ("$now('[Y]')", "2026"),
        ("$millis()", 1767323045678),
        ("$pad('x', -3, '#')", "##x"),
        ("$join(['a', 'b'], '-')", "a-b"),
        ("$replace('aba', 'a', 'c')", "cbc"),
        ("$replace('aba', /a/, function($m) { 'c' })", "cbc"),
        ("$string(input.items)", '[{"price":5},{"price":20}]'),
        ("$string({'f': function($x) { $x }})", '{"f":""}'),
        ("$string(5)", "5"),
        ("input.text.$pad(3)", "x  "),
        ("1e20", 1e20),
    ],
)
def test_an_expression_has_a_value(expression: str, value: Any) -> None:
    assert evaluate(expression, SCOPE, now=NOW) == value


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("input.missing", "expression_no_value"),
        ("$filter(input.items, function($i) { $i.price > 99 })", "expression_no_value"),
        ("1 +", "expression_syntax"),
        ("{{ 1", "expression_syntax"),
        ("{{ 1 }} and {{ 2 }}", "expression_syntax"),
        ("'a' + 1", "expression_failed"),
        ("1 / 0", "expression_failed"),
        ("$error('no')", "expression_failed"),
        ("function($x) { $x }", "expression_failed"),
        ("$random()", "expression_refused"),
        ("$shuffle([1, 2])", "expression_refused"),
        ("$eval('1')", "expression_refused"),
        ("$pad('x', 100000000)", "expression_limit"),
        ("$join([1..1000].($pad('x', 9999)), 'y')", "expression_limit"),
        ("$replace($pad('x', 9999), ' ', $pad('y', 9999))", "expression_limit"),
        ("($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('abc', 40))", "expression_limit"),
        ("$reduce([1..40], function($a, $b) { [$a, $a] }, [1])", "expression_limit"),
        ("$reduce([1..200], function($a, $b) { {'a': $a} }, 1)", "expression_limit"),
        ("$string($reduce([1..30], function($a, $b) { {'a': $a, 'b': $a} }, 1))", "expression_limit"),
        ("[1..5000000]", "expression_limit"),
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "expression_limit"),
        ("($f := function($n) { $n = 0 ? 1 : $f($n - 1) * 1 + 1 }; $f(100000))", "expression_limit"),
        (" + ".join(["1"] * 900), "expression_limit"),
        ("$number('9' & $pad('', 1000, '9'))", "expression_failed"),
    ],
)
def test_an_expression_that_cannot_be_evaluated_says_why(expression: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression, SCOPE, now=NOW)
    assert caught.value.code == code
    assert caught.value.details["expression"] in expression


def test_an_endless_expression_is_stopped() -> None:
    with pytest.raises(ExpressionError, match="more than 2 seconds of work"):
        evaluate("($f := function($n) { $f($n + 1) }; $f(0))", SCOPE)


def test_values_too_deep_to_be_compared_are_an_error() -> None:
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(ExpressionError) as caught:
        evaluate("a = b", {"a": deep, "b": [deep]})
    assert caught.value.code == "expression_limit"


def test_values_too_deep_to_be_sent_are_an_error() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(ExpressionError, match="nested deeper than 100 levels"):
        evaluate("a", {"a": deep})


@pytest.mark.parametrize(
    "expression", ["secrets.x()", "($f := secrets.x; $f())", "$number(secrets.x)", "secrets.x < 1", "-secrets.x"]
)
def test_errors_show_no_data_and_nothing_is_printed(expression: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression, {"secrets": {"x": "hunter2"}})
    assert "hunter2" not in caught.value.message
    assert capsys.readouterr().out == ""


def test_there_is_no_clock_but_the_given_one() -> None:
    with pytest.raises(ExpressionError, match="no current time"):
        evaluate("$now()", SCOPE)


def test_large_whole_numbers_of_the_input_are_kept_and_too_large_ones_refused() -> None:
    assert evaluate("n", {"n": 2**64}) == 2**64
    assert isinstance(evaluate("n", {"n": 2.0}), int)
    with pytest.raises(ExpressionError, match="out of range"):
        evaluate("n", {"n": 2**2000})
    with pytest.raises(ExpressionError, match="out of range"):
        evaluate("n", {"n": [float("inf")]})


def test_a_value_too_large_for_any_answer_is_refused() -> None:
    assert AsJson().of("x" * 1_000) == "x" * 1_000
    with pytest.raises(Refused, match=f"more than {MAX_OUTPUT} characters"):
        AsJson().of("x" * MAX_OUTPUT)


def test_a_text_keeps_the_type_of_its_one_expression_and_joins_several_as_text() -> None:
    template = {
        "one": " {{ input.items }} ",
        "many": "{{ input.a }}/{{ input.nothing }}/{{ input.items[0] }}/{{ true }}/{{ input.text }}",
        "plain": ["as }} it is", 5, None],
        "{{ name }}": (1.5,),
    }
    assert render(template, SCOPE) == {
        "one": [{"price": 5}, {"price": 20}],
        "many": '1//{"price":5}/true/x',
        "plain": ["as }} it is", 5, None],
        "{{ name }}": [1.5],
    }


@pytest.mark.parametrize(
    ("value", "is_true"),
    [
        (0, False),
        (1, True),
        ("", False),
        ("x", True),
        (None, False),
        ({}, False),
        ({"a": 0}, True),
        ([], False),
        ([0], False),
        ([0, 1], True),
        ([[]], False),
        (False, False),
        (True, True),
    ],
)
def test_truth_follows_jsonata(value: Any, is_true: bool) -> None:
    assert truth(value) is is_true
    assert evaluate("$boolean(v)", {"v": value}) is is_true


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("input.a", None),
        ("a b", "Syntax error: b at character 3 of 'a b'"),
        ("{{ a", "In '{{ a' the '{{' at character 1 has no '}}'."),
        ("x" * (MAX_SOURCE + 1), f"The expression is longer than {MAX_SOURCE} characters."),
        ("(" * 9_000, "cannot be read as an expression"),
    ],
)
def test_syntax_problems_are_told_with_their_place(expression: str, problem: str | None) -> None:
    found = syntax_problem(expression)
    assert found == problem or (problem is not None and found is not None and problem in found)


def test_long_expressions_are_shortened_in_messages() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate("input.missing" + " " * 0 + ".x" * 100, SCOPE)
    assert len(caught.value.message) < 200


def test_threads_evaluate_beside_each_other() -> None:
    results: list[Any] = []

    def work(number: int) -> None:
        results.extend(evaluate("$sum([1..n])", {"n": number}) == number * (number + 1) // 2 for _ in range(50))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 400
