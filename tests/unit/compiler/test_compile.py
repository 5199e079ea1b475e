import pytest

from definitions import condition, definition, request, script
from stepweave.compiler.compile import MAX_ASL, compile_asl, compile_definition
from stepweave.compiler.emit import Targets


def test_a_definition_with_problems_has_no_machine() -> None:
    compiled = compile_definition(definition(script("a", ["b"])))
    assert compiled.definition is not None
    assert compiled.plan is None
    with pytest.raises(ValueError, match="no state machine"):
        compile_asl(compiled, Targets("f"))


def test_a_definition_of_the_wrong_form_is_none() -> None:
    assert compile_definition([]).definition is None


def test_a_thousand_ordinary_steps_fit_into_a_machine() -> None:
    compiled = compile_definition(
        definition(*(request(f"step_{n}", [f"step_{n - 1}"] if n else []) for n in range(1000)))
    )
    assert compiled.problems == ()
    assert len(compile_asl(compiled, Targets("arn"))) < MAX_ASL


def test_a_machine_that_is_too_large_is_a_problem() -> None:
    steps = [request(f"{'x' * 58}{n}", [f"{'x' * 58}{n - 1}"] if n > 1000 else []) for n in range(1000, 2000)]
    [problem] = compile_definition(definition(*steps)).problems
    assert (problem.code, problem.path) == ("asl_too_large", "/steps")
    assert "1,000,000" in problem.message


@pytest.mark.parametrize("text", ['steps.a.output = "{{ .x"', 'steps.a.output = "{{ .x }} {{ steps.b }}"'])
def test_braces_in_a_text_of_a_bare_expression_are_text(text: str):
    made = compile_definition(definition(script("a"), script("b"), condition("c", ["a", "b"], text)))
    assert made.problems == ()
    assert made.plan is not None
    assert made.plan["steps"]["c"]["reads"] == ["a"]
