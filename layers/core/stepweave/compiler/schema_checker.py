"""A checker of JSON Schemas that a schema cannot freeze: patterns by RE2, no squares, and nothing is looked up.

`jsonschema` matches patterns by Python's own engine, which can take for ever on a short text, compares the members of
`uniqueItems` each with each, and would fetch a schema that another one names.
"""

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonata.regex_engine import RegexFlags

from stepweave.compiler.interruption import EVALUATOR
from stepweave.compiler.patterns import Pattern


@lru_cache(maxsize=256)
def regular_expression(source: str) -> Pattern:
    """Raises `UnusablePattern`."""
    return Pattern(source, RegexFlags())


def checker(schema: Any) -> Any:
    """What jsonschema calls a validator, for a schema that is one."""
    from referencing import Registry

    return _checkers()(schema, registry=Registry())


@cache
def code() -> tuple[str, ...]:
    """Where a check may be interrupted: see `interruption`."""
    import jsonschema
    import referencing

    return (*EVALUATOR, *(str(Path(str(each.__file__)).parent) for each in (jsonschema, referencing)))


@cache
def _checkers() -> Any:
    """Made when first needed: most definitions have no schema, and must not pay for the import (60-90 ms)."""
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError

    plain = Draft202012Validator.VALIDATORS["additionalProperties"]

    def pattern(checker: Any, source: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if checker.is_type(value, "string") and not regular_expression(source).search(value):
            yield ValidationError(f"{value!r} does not match {source!r}")

    def by_pattern(checker: Any, patterns: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        for source, schema in patterns.items():
            for name in _matching(checker, source, value):
                yield from checker.descend(value[name], schema, path=name, schema_path=source)

    def additional(checker: Any, allowed: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        known = {name for source in schema.get("patternProperties", ()) for name in _matching(checker, source, value)}
        others = {name: value[name] for name in value if name not in known} if known else value
        declared = {name: each for name, each in schema.items() if name != "patternProperties"}
        yield from plain(checker, allowed, others, declared)

    def unique(checker: Any, wanted: bool, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if wanted and checker.is_type(value, "array") and len({_canonical(each) for each in value}) < len(value):
            yield ValidationError(f"{value!r} has non-unique elements")

    own = {
        "pattern": pattern,
        "patternProperties": by_pattern,
        "additionalProperties": additional,
        "uniqueItems": unique,
    }
    extend: Any = validators.extend
    return extend(Draft202012Validator, own)


def _matching(checker: Any, source: str, value: Any) -> list[str]:
    if not checker.is_type(value, "object"):
        return []
    return [name for name in value if regular_expression(source).search(name)]


def _canonical(value: Any) -> str:
    """The same text for equal JSON values: 1 and 1.0 are one number (JSON Schema, "Instance Equality")."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case list():
            return [_whole(each) for each in value]
        case dict():
            return {name: _whole(each) for name, each in value.items()}
    return value
