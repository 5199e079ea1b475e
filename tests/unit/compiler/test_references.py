import pytest

from stepweave.compiler.references import References, references, references_of


def _found(expression: str) -> tuple[set[str], set[str], bool]:
    found = references_of(expression)
    return set(found.steps), set(found.roots), found.dynamic


@pytest.mark.parametrize(
    ("expression", "steps", "roots"),
    [
        ("steps.a.output.x", {"a"}, {"steps"}),
        ("steps.`my-id`.output", {"my-id"}, {"steps"}),
        ('steps."my-id".output', {"my-id"}, {"steps"}),
        ("$.steps.a & $$.steps.b", {"a", "b"}, {"steps"}),
        ("input.steps.a", set(), {"input"}),
        ("input.items[price > limit]^(rank){kind: name}", set(), {"input"}),
        ("input.items.(steps.a)", set(), {"input"}),
        ("input.items[$$.steps.a = 1]", {"a"}, {"input", "steps"}),
        ("input.items[price > 1].$sum(n)", set(), {"input"}),
        ("$map(input.list, function($v) { $v.steps.q + steps.b.output })", {"b"}, {"input", "steps"}),
        ("{'k': steps.a, env.x: 1}", {"a"}, {"steps", "env"}),
        ("run.id = 1 ? steps.a : steps.b", {"a", "b"}, {"run", "steps"}),
        ("($x := steps.a; [$x, -item])", {"a"}, {"steps", "item"}),
        ("steps.a ~> |items|{'n': price}, ['x']|", {"a"}, {"steps"}),
        ("steps.a ~> |items|{'n': price}|", {"a"}, {"steps"}),
        ("steps.a.output[0].b^(>c)", {"a"}, {"steps"}),
        ("[1..3].(x)", set(), set()),
        ("'text' & 5 & /x/", set(), set()),
        ("input.a[0].$f(b)", set(), {"input"}),
        ("(input.x)[price > 1]", set(), {"input"}),
        ("$substring(input.x, 1)", set(), {"input"}),
        ("$add(?, steps.a)", {"a"}, {"steps"}),
    ],
)
def test_steps_and_names_are_found_where_the_scope_is_read(expression: str, steps: set[str], roots: set[str]) -> None:
    assert _found(expression) == (steps, roots, False)


@pytest.mark.parametrize(
    "expression",
    [
        "steps",
        "steps.*",
        "steps[0]",
        "$lookup(steps, 'a')",
        "$keys($$)",
        "$",
        "**.a",
        "*",
        "steps{id: x}",
        "$$[0].steps.a",
        "$$.*",
        "input.a.%.steps",
        "steps@$s.a",
        "items.$$",
        "steps.(a)",
    ],
)
def test_a_step_that_is_not_named_outright_may_be_any(expression: str) -> None:
    assert references_of(expression).dynamic


def test_the_templates_in_a_value_are_read_together() -> None:
    value = {"a": ["{{ steps.a.x }} and {{ input.y }}", 5], "b": ("{{ $random() }}",), "c": "plain"}
    assert references(value) == References(
        frozenset({"a"}), frozenset({"steps", "input"}), False, frozenset({"random"})
    )


@pytest.mark.parametrize(
    ("expression", "secrets"),
    [
        ("secrets.a & secrets.`b-c`", {"a", "b-c"}),
        ("$$.secrets.a", {"a"}),
        ("$.secrets.a", {"a"}),
        ("input.secrets.a", set()),
        ("secrets", {""}),
        ("secrets.*", {""}),
        ("secrets[0].a", {""}),
        ("$lookup(secrets, input.x)", {""}),
        ("($s := secrets; $s.a)", {""}),
    ],
)
def test_secrets_are_found_by_name(expression: str, secrets: set[str]) -> None:
    assert references_of(expression).secrets == secrets
