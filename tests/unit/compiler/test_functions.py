import pytest
from jsonata.jexception import JException

from stepweave.compiler import functions
from stepweave.compiler.expressions import evaluate
from stepweave.compiler.patterns import Pattern, UnusablePattern
from stepweave.errors import ExpressionError


def test_nothing_is_in_no_list() -> None:
    assert evaluate("[absent in [1], 1 in absent]", {}) == [False, False]


def test_nothing_replaced_is_nothing() -> None:
    assert functions._replace(None, "a", "b") is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((1, "a", "b"), "T0410"),
        (("a", "a", "b", -1), "D3011"),
        (("a", 1, "b"), "T0410"),
        (("a", "", "b"), "D3010"),
        (("a", "a", 1), "D3012"),
    ],
)
def test_replacing_what_cannot_be_is_an_error(arguments: tuple[object, ...], code: str) -> None:
    with pytest.raises(JException) as error:
        functions._replace(*arguments)
    assert error.value.error == code


def test_a_replacement_is_text() -> None:
    with pytest.raises(ExpressionError):
        evaluate("$replace('aa', /a/, function($m) { 1 })", {})


def test_functions_are_told_apart_by_themselves() -> None:
    assert functions._identity(len) == ("other", id(len))


def test_a_pattern_finds_and_replaces() -> None:
    pattern = _pattern("b+")
    assert pattern.search("abbc").group(0) == "bb"
    assert pattern.sub(lambda match: "x", "abbcb") == "axcx"


def test_a_pattern_that_repeats_too_much_is_refused() -> None:
    with pytest.raises(UnusablePattern):
        _pattern(".{1000}.{1000}")


def _pattern(source: str) -> Pattern:
    return evaluate_pattern(source)


def evaluate_pattern(source: str) -> Pattern:
    from jsonata.regex_engine import RegexFlags

    return Pattern(source, RegexFlags())
