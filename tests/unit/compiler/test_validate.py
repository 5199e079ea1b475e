from typing import Any

import pytest

from definitions import cases, condition, definition, loop, request, script
from stepweave.compiler.compile import compile_definition
from stepweave.compiler.form import MAX_PROBLEMS


def _problems(source: object) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.path, each.message, each.hint) for each in compile_definition(source).problems]


def _found(source: object) -> list[tuple[str, str, str]]:
    return [(code, path, message) for code, path, message, _ in _problems(source)]


def test_an_unknown_dependency_is_worded_as_published() -> None:
    source = definition(script("fetched"), script("notify", ["fetch"]))
    assert _problems(source) == [
        (
            "unknown_dependency",
            "/steps/1/depends_on/0",
            "Step 'notify' depends on 'fetch' which doesn't exist",
            "Did you mean 'fetched'?",
        )
    ]


def test_a_cycle_is_worded_as_published() -> None:
    source = definition(script("step_b", ["step_a"]), script("step_a", ["step_b"]))
    assert _found(source) == [("cycle", "/steps/1", "Cycle detected: step_a → step_b → step_a")]


def test_each_cycle_is_named_once_the_smallest_first() -> None:
    source = definition(
        script("a", ["c"]),
        script("b", ["a"]),
        script("c", ["b"]),
        script("d", ["d"]),
        script("e", ["a", "f"]),
        script("f", ["e"]),
        script("after", ["a"]),
    )
    assert [message for _, _, message in _found(source)] == [
        "Cycle detected: d → d",
        "Cycle detected: e → f → e",
        "Cycle detected: a → b → c → a",
    ]


def test_every_step_on_a_cycle_is_in_a_cycle_that_is_named() -> None:
    source = definition(script("a", ["b", "c"]), script("b", ["a"]), script("c", ["a"]))
    assert [message for _, _, message in _found(source)] == ["Cycle detected: a → b → a", "Cycle detected: a → c → a"]


def test_a_cycle_is_found_behind_other_steps_and_around_a_fork() -> None:
    source = definition(
        script("start"), script("a", ["start", "d"]), script("b", ["a"]), script("c", ["a"]), script("d", ["b", "c"])
    )
    assert [message for _, _, message in _found(source)] == [
        "Cycle detected: a → b → d → a",
        "Cycle detected: a → c → d → a",
    ]


@pytest.mark.parametrize(
    "steps",
    [
        [condition("a", ["b"], then=["b"]), script("b")],
        [cases("a", ["b"], ["b"]), script("b")],
        [script("a", ["b"], on_error={"goto": "b"}), script("b")],
    ],
)
def test_naming_a_step_upstream_is_a_cycle(steps: list[Any]) -> None:
    assert _found(definition(*steps)) == [("cycle", "/steps/0", "Cycle detected: a → b → a")]


def test_huge_tangles_are_reported_in_bounds() -> None:
    ids = [f"s{n:03}" for n in range(400)]
    source = definition(*(script(one, [other for other in ids if other != one]) for one in ids))
    assert 1 <= len(_found(source)) <= 20


def test_there_are_at_most_so_many_problems() -> None:
    found = _problems(definition(*(script(f"s{n}", [f"z{m}" for m in range(40)]) for n in range(900))))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[0][3] == ""
    assert found[-1][:2] == ("more_problems", "")


def test_among_many_steps_the_one_that_was_meant_is_still_found() -> None:
    steps = [script(f"step_{n}") for n in range(200)]
    [problem] = _problems(definition(*steps, script("fetch_orders"), script("notify", ["fetch_ordres"])))
    assert problem[3] == "Did you mean 'fetch_orders'?"


def test_the_same_id_twice_is_found_over_all_nesting() -> None:
    source = definition(script("a"), loop("l", [], [script("a"), script("b")]), script("b"))
    assert _problems(source) == [
        (
            "duplicate_id",
            "/steps/1/config/steps/0/id",
            "Step id 'a' is used more than once",
            "It is first used at /steps/0.",
        ),
        (
            "duplicate_id",
            "/steps/2/id",
            "Step id 'b' is used more than once",
            "It is first used at /steps/1/config/steps/1.",
        ),
    ]


def test_links_stay_in_their_scope() -> None:
    source = definition(
        script("out", ["in"]),
        loop("l", [], [script("in", ["out"]), condition("pick", then=["out"])]),
        script("x", on_error={"goto": "in"}),
        config={"on_error": {"next": "in"}},
    )
    assert _found(source) == [
        (
            "dependency_out_of_scope",
            "/steps/0/depends_on/0",
            "Step 'out' depends on 'in', which is inside the loop 'l'",
        ),
        ("unknown_step", "/steps/2/on_error/goto", "Step 'x' goes to 'in' on error, which is inside the loop 'l'"),
        (
            "dependency_out_of_scope",
            "/steps/1/config/steps/0/depends_on/0",
            "Step 'in' depends on 'out', which is outside the loop",
        ),
        (
            "unknown_step",
            "/steps/1/config/steps/1/config/then/0",
            "Step 'pick' names 'out' in then, which is outside the loop",
        ),
        ("unknown_step", "/config/on_error/next", "config.on_error names step 'in', which is inside the loop 'l'"),
    ]


def test_branches_and_handlers_name_steps_that_exist() -> None:
    source = definition(
        condition("check", then=["yess"], else_=["no"]),
        script("yes", on_error={"goto": "fixx"}),
        cases("route", ["yes"], ["yes2"]),
        config={"on_error": {"next": "chekc"}},
    )
    assert _problems(source) == [
        (
            "unknown_step",
            "/steps/0/config/then/0",
            "Step 'check' names 'yess' in then, which doesn't exist",
            "Did you mean 'yes'?",
        ),
        (
            "unknown_step",
            "/steps/0/config/else/0",
            "Step 'check' names 'no' in else, which doesn't exist",
            "Known: route, yes.",
        ),
        (
            "unknown_step",
            "/steps/1/on_error/goto",
            "Step 'yes' goes to 'fixx' on error, which doesn't exist",
            "Known: check, route.",
        ),
        (
            "unknown_step",
            "/steps/2/config/cases/0/then/0",
            "Step 'route' names 'yes2' in cases/0, which doesn't exist",
            "Did you mean 'yes'?",
        ),
        (
            "unknown_step",
            "/config/on_error/next",
            "config.on_error names step 'chekc', which doesn't exist",
            "Did you mean 'check'?",
        ),
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ 1 + }}", "Step 'b': Unexpected end of expression at character 3 of '1 +'"),
        ("{{ steps.c.output }}", "Step 'b' reads 'steps.c', which is not upstream of it"),
        ("{{ steps.zz.output }}", "Step 'b' reads 'steps.zz', which doesn't exist"),
        ("{{ steps.b.output }}", "Step 'b' reads itself"),
        ("{{ inputs.x }}", "Step 'b' reads 'inputs', which is no name here"),
        ("{{ item }}", "Step 'b' reads 'item', which only steps inside a loop have"),
        ("{{ open", "Step 'b': the '{{' at character 1 has no '}}'"),
        (
            "{{ $random() }}",
            "Step 'b': $random cannot be used: a step that is entered again must come to the same value;"
            " make it in a script step",
        ),
    ],
)
def test_expressions_are_checked(source: str, message: str) -> None:
    found = _found(definition(script("a"), script("b", ["a"], source), script("c")))
    assert [(path, text) for _, path, text in found] == [("/steps/1/config/source", message)]


@pytest.mark.parametrize(
    "source",
    ["{{ steps.a.output & secrets.key & env.x & run.id & input.y }}", "{{ $keys(steps) }}", "no {{ 'x' }} {{ 1 }}"],
)
def test_what_an_expression_may_read_is_no_problem(source: str) -> None:
    assert _found(definition(script("a"), script("b", ["a"], source))) == []


def test_secrets_are_for_configs_only() -> None:
    source = definition(
        script("a", when="secrets.x = 1"),
        condition("b", expression="{{ secrets.x }}"),
        outputs={"o": "{{ secrets.x }}"},
    )
    assert [path for code, path, _ in _found(source) if code == "secrets_not_allowed"] == [
        "/steps/0/when",
        "/steps/1/config/expression",
        "/outputs/o",
    ]


def test_steps_in_a_loop_see_the_item_and_what_came_before_the_loop() -> None:
    inner = loop(
        "inner", [], [script("deep", [], "{{ row & cell & item & index & steps.first.output }}")], item_name="cell"
    )
    source = definition(script("first"), loop("outer", ["first"], [inner], item_name="row"))
    assert _found(source) == []


def test_steps_in_a_loop_do_not_read_the_loop_nor_what_follows_it_nor_into_another() -> None:
    source = definition(
        loop("one", [], [script("x", [], "{{ steps.one.output & steps.last.output & steps.y.output }}")]),
        loop("two", ["one"], [script("y")]),
        script("last", ["two"], "{{ steps.x.output }}"),
        outputs={"o": ["{{ steps.x.output }}", "{{ steps.last.output }}"]},
    )
    assert [(path, message) for _, path, message in _found(source)] == [
        ("/steps/2/config/source", "Step 'last' reads 'steps.x', which is not upstream of it"),
        ("/steps/0/config/steps/0/config/source", "Step 'x' reads 'steps.last', which is not upstream of it"),
        ("/steps/0/config/steps/0/config/source", "Step 'x' reads 'steps.one', which is not upstream of it"),
        ("/steps/0/config/steps/0/config/source", "Step 'x' reads 'steps.y', which is not upstream of it"),
        ("/outputs/o/0", "outputs reads 'steps.x', which cannot be read here"),
    ]


def test_expressions_without_braces_are_checked_where_they_stand() -> None:
    source = definition(
        cases("a", [], ["b"]),
        script("b"),
        loop("c", [], [script("d")], items=["{{ 1 + }}", 5]),
        {"id": "e", "type": "wait", "config": {"condition": "1 +"}},
        loop("f", [], [script("g")], items="{{ 2 + }}"),
    )
    source["steps"][0]["config"]["cases"][0]["when"] = "3 +"
    assert [path for _, path, _ in _found(source)] == [
        "/steps/0/config/cases/0/when",
        "/steps/2/config/items/0",
        "/steps/3/config/condition",
        "/steps/4/config/items",
    ]


def test_values_known_before_any_step_read_no_step() -> None:
    config = {"env": {"A": "{{ input.x }}", "B": "plain"}, "concurrency": {"key": "input.x & steps.a.output"}}
    assert [(code, path) for code, path, _ in _found(definition(script("a"), config=config))] == [
        ("expression_not_allowed", "/config/env/A"),
        ("unknown_name", "/config/concurrency/key"),
        ("reference_not_upstream", "/config/concurrency/key"),
    ]


def test_variables_that_no_script_can_have_are_found() -> None:
    step = script("a")
    step["config"]["env"] = {"STEPWEAVE_RESULT": "x", "A=B": "", "": "", "NUL": "a\0b", "FINE": "{{ input.x }}"}
    env = {"STEPWEAVE_INPUT": "x", "FINE": "y"}
    assert [(code, path) for code, path, _ in _found(definition(step, config={"env": env}))] == [
        ("invalid_value", "/config/env/STEPWEAVE_INPUT"),
        ("invalid_value", "/steps/0/config/env/STEPWEAVE_RESULT"),
        ("invalid_value", "/steps/0/config/env/A=B"),
        ("invalid_value", "/steps/0/config/env/"),
        ("invalid_value", "/steps/0/config/env/NUL"),
    ]
    assert _found(definition(condition("a", expression="true"), config={"env": env})) == []


def test_json_schemas_are_checked() -> None:
    agent = {
        "id": "a",
        "type": "agent_task",
        "config": {"agent_id": "x", "goal": "g", "output_schema": {"type": "objec"}},
    }
    triggers = [
        {"type": "signal", "name": "n", "schema": {"pattern": "(", "patternProperties": {"(?=a)": True}}},
        {"type": "event", "pattern": {"source": ["x"]}},
    ]
    config = {"input": {"anyOf": [{"$ref": "https://example.com/"}, {"$ref": "#/$defs/x"}], "$defs": {"x": True}}}
    found = _found(definition(agent, config=config, triggers=triggers))
    assert [(code, path) for code, path, _ in found] == [
        ("invalid_schema", "/config/input/anyOf/0/$ref"),
        ("invalid_schema", "/triggers/0/schema/pattern"),
        ("invalid_schema", "/triggers/0/schema/patternProperties/(?=a)"),
        ("invalid_schema", "/steps/0/config/output_schema/type"),
    ]


def test_a_good_json_schema_is_no_problem() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a"}}, "required": ["a"]}
    assert _found(definition(script("a"), config={"input": schema})) == []


def test_a_condition_cannot_be_handled_by_a_step_of_its_branches() -> None:
    decide = {**condition("c", then=["t"]), "on_error": {"goto": "t"}}
    (problem,) = compile_definition(definition(decide, script("t"))).problems
    assert (problem.code, problem.path) == ("unreachable_handler", "/steps/0/on_error/goto")
    other = script("d", on_error={"goto": "t"})
    assert compile_definition(definition(decide, other, script("t"))).problems == ()


def test_secrets_are_for_steps_that_store_nothing_of_their_config() -> None:
    items = loop("l", [], [script("in")], items=["{{ secrets.x }}"])
    wait = {"id": "w", "type": "wait", "config": {"duration": "{{ secrets.x }}"}}
    found = _problems(definition(items, wait))
    assert [(code, path) for code, path, _, _ in found] == [
        ("secrets_not_allowed", "/steps/0/config/items/0"),
        ("secrets_not_allowed", "/steps/1/config/duration"),
    ]
    assert found[0][3] == "These types of steps can: agent_task, http_request, script, webhook."


def test_a_concurrency_key_cannot_hold_a_secret() -> None:
    source = definition(script("a"), config={"concurrency": {"limit": 1, "key": "secrets.x"}})
    assert [(code, path) for code, path, _ in _found(source)] == [("secrets_not_allowed", "/config/concurrency/key")]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("$lookup(secrets, input.x)", "secret_not_named"),
        ("secrets", "secret_not_named"),
        ("secrets.`../../other`", "invalid_secret_name"),
        (f"secrets.{'a' * 65}", "invalid_secret_name"),
        ("secrets.`a.binding`", "invalid_secret_name"),
    ],
)
def test_a_secret_is_named_outright(expression: str, code: str) -> None:
    source = definition(request("a", config={"url": "https://example.com", "body": f"{{{{ {expression} }}}}"}))
    assert [(found, path) for found, path, _ in _found(source)] == [(code, "/steps/0/config/body")]


def test_an_expression_that_cannot_be_read_hides_no_other_beside_it() -> None:
    found = _problems(definition(script("fetch"), script("b", ["fetch"], "{{ 1 + }} {{ steps.fetsh.output }}")))
    assert [(code, hint) for code, _, _, hint in found] == [
        ("expression_syntax", ""),
        ("unknown_reference", "Did you mean 'fetch'?"),
    ]


def test_a_step_that_was_meant_is_found_also_where_it_is_not_upstream() -> None:
    (problem,) = _problems(definition(script("fetch"), script("b", [], "{{ steps.fetsh.output }}")))
    assert problem[3] == "Did you mean 'fetch'?"


@pytest.mark.parametrize(
    "steps",
    [
        [script("a", on_error="continue"), script("h")],
        [script("h"), script("a", ["h"])],
        [script("h")],
    ],
)
def test_a_default_handler_that_no_failure_leads_to_is_found(steps: list[Any]) -> None:
    found = _problems(definition(*steps, config={"on_error": {"next": "h"}}))
    assert [(code, path) for code, path, _, _ in found] == [("unreachable_handler", "/config/on_error/next")]


def test_a_default_handler_that_some_step_goes_to_is_no_problem() -> None:
    named = script("a", on_error={"goto": "h"})
    for steps in ([named, script("h")], [script("a", on_error="fail"), script("b"), script("h")]):
        assert _problems(definition(*steps, config={"on_error": {"next": "h"}})) == []


@pytest.mark.parametrize("name", ["steps", "input", "run", "env", "secrets", "index"])
def test_an_item_cannot_have_the_name_of_something_else(name: str) -> None:
    source = definition(script("a"), loop("l", ["a"], [script("in")], item_name=name))
    assert [(code, path) for code, path, _ in _found(source)] == [("invalid_item_name", "/steps/1/config/item_name")]


def test_more_items_than_a_loop_may_have_are_found() -> None:
    most, more = ([loop("l", [], [script("in")], items=[0] * count)] for count in (10_000, 10_001))
    assert _found(definition(*most)) == []
    message = "Step 'l' has 10,001 items; the limit is 10,000"
    assert _found(definition(*more)) == [("too_many_items", "/steps/0/config/items", message)]


def test_references_of_a_schema_lead_to_schemas() -> None:
    parts = {"$defs": {"a/b": True, "l": {"allOf": [{}]}}, "type": "object"}
    good = ["#", "#/$defs/a~1b", "#/$defs/l/allOf/0", "#/$defs/a%7E1b"]
    bad = ["#/$defs/x", "#/$defs/l/allOf/1", "#/$defs/l/allOf/x", "#/type", "#/type/x", "#/$defs/a~1b/x"]
    assert _problems(definition(script("a"), config={"input": {**parts, "anyOf": [{"$ref": r} for r in good]}})) == []
    found = _found(definition(script("a"), config={"input": {**parts, "anyOf": [{"$ref": r} for r in bad]}}))
    assert [path for _, path, _ in found] == [f"/config/input/anyOf/{index}/$ref" for index in range(len(bad))]


def test_references_begin_at_the_schema_that_has_an_address() -> None:
    part = {"$id": "https://example.com/part", "$defs": {"q": {}}, "$ref": "#/$defs/q"}
    named = {"properties": {"$id": {"$ref": "#/$defs/p"}}}
    assert _problems(definition(script("a"), config={"input": {"$defs": {"p": part}, **named}})) == []


def test_triggers_are_read_and_each_is_for_something_of_its_own() -> None:
    triggers = [
        {"type": "webhook", "slug": "orders", "filter": "body.paid", "input": {"order": "{{ body.id }}"}},
        {"type": "webhook", "slug": "orders", "filter": "body.paid =", "input": {"order": "{{ body.id"}},
        {"type": "signal", "name": "go"},
        {"type": "signal", "name": "go"},
        {"type": "signal", "name": "orders"},
        {"type": "signal", "name": " x"},
        {"type": "event", "pattern": {"source": ["x"]}, "name": "go", "input": {"a": ["{{ 1 + }}"]}},
    ]
    found = _problems(definition(script("a"), triggers=triggers))
    assert [(code, path) for code, path, _, _ in found] == [
        ("expression_syntax", "/triggers/1/filter"),
        ("template_unbalanced", "/triggers/1/input/order"),
        ("expression_syntax", "/triggers/6/input/a/0"),
        ("duplicate_trigger", "/triggers/1/slug"),
        ("duplicate_trigger", "/triggers/3/name"),
        ("invalid_signal", "/triggers/5/name"),
    ]
    assert found[3][3] == "It is first used at /triggers/0."


@pytest.mark.parametrize("operator", ["&", "+", " or "])
@pytest.mark.parametrize("many", [400, 3_900])
def test_an_expression_too_deep_to_be_evaluated_is_found(operator: str, many: int) -> None:
    (problem,) = _found(definition(script("a", [], f"{{{{ {operator.join(['1'] * many)} }}}}")))
    assert problem[:2] == ("expression_syntax", "/steps/0/config/source")
    assert problem[2].startswith("Step 'a': more than 300 levels in '1")


def test_an_expression_may_be_long_and_nest_as_deep_as_can_be_evaluated() -> None:
    deep = "&".join(["1"] * 290)
    wide = f"[{', '.join(['input.a'] * 1_000)}]"
    assert _found(definition(script("a", [], f"{{{{ {deep} }}}} {{{{ {wide} }}}}"))) == []
