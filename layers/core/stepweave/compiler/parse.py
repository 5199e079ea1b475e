"""Parsing: JSON as sent becomes a `Definition`, or every problem of its form is reported.

What pydantic says is translated: places become JSON Pointers into what was sent, and messages sentences for people.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stepweave.compiler.form import MAX_PROBLEMS, form_problems
from stepweave.compiler.outline import Outline, outline
from stepweave.domain.definition import MAX_DEFINITION_BYTES, MAX_DEPTH, MAX_STEPS, Definition
from stepweave.domain.problem import Problem, pointer


@dataclass(frozen=True)
class Parsed:
    """Either a definition, or its problems and (where only its form has any) what can be read of it."""

    definition: Definition | None
    problems: tuple[Problem, ...] = ()
    outline: Outline | None = None


def parse(source: object) -> Parsed:
    """A definition from parsed JSON. Never raises for what JSON can hold."""
    if not isinstance(source, dict):
        return Parsed(None, (Problem("not_an_object", "", "The definition must be a JSON object"),))
    problems = list(_limits(source))
    if problems:
        return Parsed(None, tuple(problems))
    try:
        return Parsed(Definition.model_validate(source))
    except ValidationError as error:
        found = form_problems(error.errors(include_url=False, include_context=True), source)
        # Where problems are left out it is not known what else is broken.
        return Parsed(None, tuple(found), outline(source, found) if len(found) <= MAX_PROBLEMS else None)


def _limits(source: dict[str, Any]) -> Iterator[Problem]:
    """Limits of the whole, checked first: what is over them is not looked at any further."""
    broken = _broken_value(source)
    if broken is not None:
        yield broken
        return
    size = len(json.dumps(source, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_DEFINITION_BYTES:
        message = f"The definition has {size:,} bytes of JSON; at most {MAX_DEFINITION_BYTES:,} are allowed"
        yield Problem("definition_too_large", "", message, "Keep data out of it: pass it as input, or fetch it.")
    steps = sum(_step_counts(source.get("steps")))
    if steps > MAX_STEPS:
        message = f"The definition has {steps:,} steps, nested ones counted; at most {MAX_STEPS:,} are allowed"
        yield Problem("too_many_steps", "/steps", message, "Split the workflow: let one workflow start another.")


def _broken_value(source: object) -> Problem | None:
    """A value too deep, or that no JSON text can hold. Walks without recursion, for the depth is not known yet."""
    stack: list[tuple[object, tuple[str | int, ...]]] = [(source, ())]
    while stack:
        value, at = stack.pop()
        if len(at) > MAX_DEPTH:
            message = f"The definition is nested deeper than {MAX_DEPTH} levels"
            return Problem("too_deep", pointer(*at[:8]), message, "Flatten it.")
        if isinstance(value, str):
            if not (value.isascii() or _is_text(value)):
                message = "The text holds half of a surrogate pair, which is no character"
                return Problem("invalid_text", pointer(*at), message)
        elif isinstance(value, dict):
            stack.extend([(each, (*at, name)) for name, each in reversed(value.items())])
            stack.extend([(name, at) for name in value if not (isinstance(name, str) and name.isascii())])
        elif isinstance(value, list):
            stack.extend([(value[index], (*at, index)) for index in reversed(range(len(value)))])
        elif isinstance(value, int | float) and not _is_number(value):
            return Problem("not_a_number", pointer(*at), "The number is too large, or none")
    return None


def _is_number(value: float) -> bool:
    """Whether a number can be a double, as it is for JSONata and for most who read JSON (RFC 8259, section 6)."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _step_counts(steps: object) -> Iterator[int]:
    for step in steps if isinstance(steps, list) else ():
        yield 1
        config = step.get("config") if isinstance(step, dict) else None
        if isinstance(config, dict):
            yield from _step_counts(config.get("steps"))
