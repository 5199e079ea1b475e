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
