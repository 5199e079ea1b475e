import pytest

from stepweave.compiler.expressions import render
from stepweave.compiler.parameters import fill_parameters, parameter_problems

GIVEN = {"url": "https://example.com", "limit": 10, "list": [1, "a"], "all": {"deep": {"er": None}}, "odd": 'a "}} b'}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ parameters.limit }}", 10),
        ("{{parameters.list}}", [1, "a"]),
        (" {{ parameters.all.deep }} ", {"er": None}),
        ("{{ parameters.all.deep.er }}", None),
        ("{{ parameters.all.none.such }}", None),
        ("GET {{ parameters.url }}/{{ parameters.limit }}", "GET https://example.com/10"),
        ("{{ parameters.list }}{{ parameters.all.none }}", '[1,"a"]'),
        ("{{ input.n > parameters.limit }}", "{{ input.n > 10 }}"),
        ("{{ parameters.all.deep = parameters.list }}", '{{ {"er": null} = [1, "a"] }}'),
        ("{{ input.a & parameters.odd }}", '{{ input.a & "a \\"}} b" }}'),
        ("{{ input.items[price < parameters.limit] }}", "{{ input.items[price < 10] }}"),
    ],
)
def test_a_parameter_is_filled_in_where_it_stands(text, filled):
    assert fill_parameters(text, GIVEN) == filled


@pytest.mark.parametrize(
    "text",
    [
        "parameters.url",
        "{{ steps.parameters.url }}",
        "{{ steps.a.parameters.url }}",
        '{{ "parameters.url" }}',
        "{{ 'parameters.url' }}",
        "{{ `parameters.url` }}",
        "{{ 1 /* parameters.url */ }}",
        "{{ $parameters.url }}",
        "{{ myparameters.url }}",
        "{{ input.url }} about parameters",
        "{{ parameters.absent }}",
        "{{ parameters.absent }} and {{ input.x = parameters.absent }}",
        "{{ parameters.url",
        "",
    ],
)
def test_everything_else_stays_as_it_is(text):
    assert fill_parameters(text, GIVEN) == text


def test_a_whole_definition_is_filled_but_for_names_of_members():
    found = fill_parameters({"{{ parameters.url }}": ["{{ parameters.limit }}", 1, None, True]}, GIVEN)
    assert found == {"{{ parameters.url }}": [10, 1, None, True]}


def test_what_is_filled_into_an_expression_means_the_value():
    filled = fill_parameters("{{ [parameters.odd, parameters.list, parameters.all] }}", GIVEN)
    assert render(filled, {}) == [GIVEN["odd"], GIVEN["list"], GIVEN["all"]]


def test_a_value_may_hold_expressions_of_its_own():
    assert fill_parameters("{{ parameters.x }}", {"x": "{{ input.id }}"}) == "{{ input.id }}"


def test_an_undeclared_parameter_is_a_problem_at_its_place():
    value = {"a/b": [{"url": "{{ parameters.ulr }}/{{ parameters.ulr }}"}, "{{ parameters.url }}", 3]}
    (problem,) = parameter_problems(value, GIVEN)
    assert (problem.code, problem.path) == ("unknown_parameter", "/a~1b/0/url")
    assert problem.message == "/a~1b/0/url reads 'parameters.ulr', which the template does not declare"
    assert problem.hint == "Did you mean 'url'?"
