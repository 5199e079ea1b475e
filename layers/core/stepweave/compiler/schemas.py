"""JSON Schemas in a definition: whether they are schemas, and can be checked without looking anything up.

https://json-schema.org/draft/2020-12
"""

from collections.abc import Iterator
from typing import Any

from stepweave.compiler.patterns import UnusablePattern
from stepweave.domain.problem import Problem, pointer

MAX_PROBLEMS = 20


def schema_problems(schema: Any, at: str) -> Iterator[Problem]:
    """What is wrong with a schema, at most 20 problems."""
    # Most definitions have no schema, and must not pay for importing this (60-90 ms).
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    errors = sorted(validator.iter_errors(schema), key=lambda error: list(map(str, error.absolute_path)))
    for error in errors[:MAX_PROBLEMS]:
        where = at + pointer(*error.absolute_path)
        yield Problem("invalid_schema", where, f"{where} is no JSON Schema: {error.message[:300]}")
    if not errors:
        yield from _unusable(schema, at)


def _unusable(schema: Any, at: str) -> Iterator[Problem]:
    """References to other documents, which would be fetched, and patterns that are no regular expressions."""
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _unusable(each, f"{at}/{index}")
    elif isinstance(schema, dict):
        for name, each in schema.items():
            where = at + pointer(name)
            if name in ("$ref", "$dynamicRef") and isinstance(each, str) and not each.startswith("#"):
                message = f"{where} names another document; only references inside the schema ('#...') are followed"
                yield Problem("invalid_schema", where, message)
            if name == "pattern" and isinstance(each, str):
                yield from _unusable_pattern(each, where)
            if name == "patternProperties" and isinstance(each, dict):
                for source in each:
                    yield from _unusable_pattern(source, where + pointer(source))
            yield from _unusable(each, where)


def _unusable_pattern(source: str, at: str) -> Iterator[Problem]:
    from stepweave.compiler.schema_checker import regular_expression

    try:
        regular_expression(source)
    except UnusablePattern as error:
        yield Problem("invalid_schema", at, f"{at} is no regular expression: {error}")
