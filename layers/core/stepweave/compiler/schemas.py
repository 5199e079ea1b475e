"""JSON Schemas in a definition: whether they are schemas, and can be checked without looking anything up.

https://json-schema.org/draft/2020-12
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

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
        yield from _unusable(schema, at, schema)


def _unusable(schema: Any, at: str, root: Any) -> Iterator[Problem]:
    """References that lead nowhere, or to other documents, which would be fetched; patterns that are no regular
    expressions."""
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _unusable(each, f"{at}/{index}", root)
    elif isinstance(schema, dict):
        # What has an address of its own is where the references in it begin.
        root = schema if isinstance(schema.get("$id"), str) else root
        for name, each in schema.items():
            where = at + pointer(name)
            if name in ("$ref", "$dynamicRef") and isinstance(each, str):
                yield from _unusable_reference(each, where, root)
            if name == "pattern" and isinstance(each, str):
                yield from _unusable_pattern(each, where)
            if name == "patternProperties" and isinstance(each, dict):
                for source in each:
                    yield from _unusable_pattern(source, where + pointer(source))
            yield from _unusable(each, where, root)


def _unusable_reference(reference: str, at: str, root: Any) -> Iterator[Problem]:
    if not reference.startswith("#"):
        message = f"{at} names another document; only references inside the schema ('#...') are followed"
        yield Problem("invalid_schema", at, message)
    elif reference.startswith("#/") and not _is_there(root, unquote(reference[2:]).split("/")):
        yield Problem("invalid_schema", at, f"{at} leads nowhere: the schema has no '{reference[:100]}'")


def _is_there(value: Any, parts: list[str]) -> bool:
    """Whether a JSON Pointer (RFC 6901) leads to a schema."""
    for part in parts:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and re.fullmatch("0|[1-9][0-9]{0,5}", name) and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return False
    return isinstance(value, dict | bool)


def _unusable_pattern(source: str, at: str) -> Iterator[Problem]:
    from stepweave.compiler.schema_checker import regular_expression

    try:
        regular_expression(source)
    except UnusablePattern as error:
        yield Problem("invalid_schema", at, f"{at} is no regular expression: {error}")
