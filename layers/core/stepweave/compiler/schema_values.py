"""Values held against the JSON Schemas that a definition or a template declares: defaults filled in, faults told.

https://json-schema.org/draft/2020-12; a default is an annotation there, and filling it in is this service's promise.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.compiler.bounds import MAX_SECONDS
from stepweave.compiler.interruption import Interrupted, within
from stepweave.compiler.patterns import TooMuchText, UnusablePattern
from stepweave.compiler.schemas import MAX_PROBLEMS
from stepweave.domain.problem import Problem, pointer


def with_defaults(schema: Any, value: Any) -> Any:
    """The value with every missing member that `properties` gives a default, also inside objects and lists that are
    there or are themselves a default.

    -> `with_defaults({"properties": {"n": {"default": 3}}}, {}) == {"n": 3}`
    """
    if not isinstance(schema, Mapping):
        return value
    match value:
        case list():
            return [with_defaults(schema.get("items"), each) for each in value]
        case Mapping():
            declared = schema.get("properties")
            return _with_members(declared, value) if isinstance(declared, Mapping) else value
    return value


def _with_members(declared: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(value)
    for name, of in declared.items():
        if name in filled:
            filled[name] = with_defaults(of, filled[name])
        elif isinstance(of, Mapping) and "default" in of:
            filled[name] = with_defaults(of, of["default"])
    return filled


def value_problems(schema: Any, value: Any, at: str = "") -> Iterator[Problem]:
    """What a schema that is one finds wrong with a value, at most 20 problems; `at` is the value's place.

    A schema that cannot be checked within 2 seconds, or without looking anything up, is a problem of the value's.
    """
    # Most definitions have no schema, and must not pay for importing this (60-90 ms).
    from referencing.exceptions import Unresolvable

    from stepweave.compiler.schema_checker import checker, code

    try:
        errors = within(MAX_SECONDS, lambda: list(checker(schema).iter_errors(value)), code=code())
    except Interrupted:
        yield Problem("invalid_value", at, f"it takes more than {MAX_SECONDS:g} seconds to check it against the schema")
        return
    except (UnusablePattern, TooMuchText) as error:
        yield Problem("invalid_value", at, f"it cannot be checked against the schema: {error}")
        return
    except (Unresolvable, RecursionError) as error:
        reason = "a reference leads nowhere or in a circle"
        yield Problem(
            "invalid_value", at, f"it cannot be checked against the schema: {reason} ({type(error).__name__})"
        )
        return
    errors.sort(key=lambda error: [str(part) for part in error.absolute_path])
    for found in errors[:MAX_PROBLEMS]:
        yield Problem("invalid_value", at + pointer(*found.absolute_path), found.message[:300])
