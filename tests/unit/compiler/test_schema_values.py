import pytest

from stepweave.compiler.schema_values import value_problems, with_defaults

SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "default": 3, "maximum": 5},
        "inner": {"properties": {"x": {"default": None}, "y": True}},
        "any": True,
    },
    "required": ["name"],
}


def test_missing_members_get_their_defaults_also_inside_objects_that_are_there():
    assert with_defaults(SCHEMA, {}) == {"n": 3}
    assert with_defaults(SCHEMA, {"n": 4, "inner": {"x": 1}}) == {"n": 4, "inner": {"x": 1}}
    assert with_defaults(SCHEMA, {"inner": {}, "any": 1}) == {"inner": {"x": None}, "any": 1, "n": 3}


def test_what_has_no_members_stays_as_it_is():
    assert with_defaults(SCHEMA, [1]) == [1]
    assert with_defaults(True, {"a": 1}) == {"a": 1}
    assert with_defaults({}, {"a": 1}) == {"a": 1}


def test_every_fault_is_told_at_its_place():
    found = [(problem.path, problem.message) for problem in value_problems(SCHEMA, {"n": 9}, "/parameters")]
    assert found == [
        ("/parameters", "'name' is a required property"),
        ("/parameters/n", "9 is greater than the maximum of 5"),
    ]


def test_a_good_value_has_no_problem():
    assert list(value_problems(SCHEMA, {"name": 1, "n": 5})) == []


def test_a_default_that_is_an_object_or_a_list_gets_those_inside_it():
    inside = {"properties": {"n": {"default": 1}}}
    schema = {"properties": {"one": {**inside, "default": {}}, "many": {"items": inside, "default": [{}, {"n": 2}, 3]}}}
    assert with_defaults(schema, {}) == {"one": {"n": 1}, "many": [{"n": 1}, {"n": 2}, 3]}
    assert with_defaults(schema, {"many": [{}]}) == {"one": {"n": 1}, "many": [{"n": 1}]}


def messages(schema, value):
    return [problem.message for problem in value_problems(schema, value)]


def test_a_pattern_that_python_would_match_for_ever_takes_no_time():
    schema = {"type": "string", "pattern": "^(a+)+$"}
    assert messages(schema, "a" * 5_000 + "b")
    assert not messages(schema, "a" * 5_000)


def test_names_of_members_are_matched_the_same_way():
    schema = {"patternProperties": {"^(a+)+$": {"type": "integer"}}, "additionalProperties": False}
    assert not messages(schema, {"a" * 500: 1})
    assert messages(schema, {"a": "x"}) == ["'x' is not of type 'integer'"]
    assert len(messages(schema, {"a" * 500 + "b": 1})) == 1
    assert not messages(schema, [1])
    assert not messages(
        {"properties": {"b": True}, "additionalProperties": False, "patternProperties": {"^a": True}}, {"b": 1}
    )


def test_equal_members_of_a_list_are_found_however_many_there_are():
    schema = {"uniqueItems": True}
    many = [{"n": number} for number in range(50_000)]
    assert not messages(schema, many)
    assert messages(schema, [*many, {"n": 7.0}])
    assert messages(schema, [[1.5], [1.5]])
    assert not messages(schema, [1, True, "1", None, 1.5, [1], {"a": 1}])
    assert not messages({"uniqueItems": False}, [1, 1])


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/$defs/absent"},
        {"$ref": "#"},
        {"type": "string", "pattern": "(?=x)"},
    ],
)
def test_a_schema_that_cannot_be_checked_is_told_and_nothing_is_fetched(schema):
    [message] = messages(schema, "x")
    assert message.startswith("it cannot be checked against the schema: ")


def test_a_schema_that_doubles_its_work_at_every_level_is_given_up():
    levels = {f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}, {"$ref": f"#/$defs/l{n + 1}"}]} for n in range(40)}
    schema = {"$defs": {**levels, "l40": {"type": "integer"}}, "$ref": "#/$defs/l0"}
    assert messages(schema, "x") == ["it takes more than 2 seconds to check it against the schema"]
