import pytest

from stepweave.compiler.templates import Expression, Unbalanced, parse_template


def test_a_text_is_taken_apart_into_literals_and_expressions() -> None:
    assert parse_template("Hi {{ input.name }}!").parts == ("Hi ", Expression(" input.name ", 5), "!")


@pytest.mark.parametrize(
    "inside",
    [
        "{'a':{'b':1}}",
        "'}}'",
        '"}}"',
        "a.`}}`",
        "$match(x, /}}/)",
        "/* }} */ 1",
        "'\\'}}'",
        "a / b / c",
        "(1) / {'a': 2}.a",
    ],
)
def test_braces_that_belong_to_an_expression_do_not_end_it(inside: str) -> None:
    assert parse_template(f"<{{{{{inside}}}}}>").parts == ("<", Expression(inside, 3), ">")


@pytest.mark.parametrize("text", ["{{ a", "{{ 'a }}", "{{ /* a }}", "x {{ {'a': 1 }}"])
def test_an_expression_that_does_not_end_is_told_with_its_place(text: str) -> None:
    with pytest.raises(Unbalanced) as caught:
        parse_template(text)
    assert caught.value.at == text.index("{{")


def test_closing_braces_alone_are_text() -> None:
    assert parse_template('{"a": {}}').parts == ('{"a": {}}',)


@pytest.mark.parametrize(("text", "is_one"), [("{{a}}", True), (" {{a}}\n", True), ("{{a}}{{b}}", False), ("x", False)])
def test_one_expression_with_blanks_around_it_is_one_expression(text: str, is_one: bool) -> None:
    assert parse_template(text).is_one_expression is is_one
