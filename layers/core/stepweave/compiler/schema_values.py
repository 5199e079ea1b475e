"""Values held against the JSON Schemas that a definition or a template declares: defaults filled in, faults told.

https://json-schema.org/draft/2020-12; a default is an annotation there, and filling it in is this service's promise.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.compiler.schemas import MAX_PROBLEMS
from stepweave.domain.problem import Problem, pointer


def with_defaults(schema: Any, value: Any) -> Any:
    """The value with every missing member that `properties` gives a default, also inside objects that are there.

    -> `with_defaults({"properties": {"n": {"default": 3}}}, {}) == {"n": 3}`
    """
    declared = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(declared, Mapping):
        return value
    filled = dict(value)
    for name, of in declared.items():
        if name in filled:
            filled[name] = with_defaults(of, filled[name])
        elif isinstance(of, Mapping) and "default" in of:
            filled[name] = of["default"]
    return filled


def value_problems(schema: Any, value: Any, at: str = "") -> Iterator[Problem]:
    """What a schema that is one finds wrong with a value, at most 20 problems; `at` is the value's place."""
    # Most definitions have no schema, and must not pay for importing this (60-90 ms).
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema).iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path]
    )
    for error in errors[:MAX_PROBLEMS]:
        where = at + pointer(*error.absolute_path)
        yield Problem("invalid_value", where, error.message[:300])
