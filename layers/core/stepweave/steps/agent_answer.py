"""An agent's answer as a value of the form that was asked for."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stepweave.compiler.schema_values import value_problems
from stepweave.compiler.schemas import schema_problems
from stepweave.domain.json_value import parse_json
from stepweave.steps.config import invalid_config

MAX_REPAIRS = 3
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


def check_schema(schema: Any, place: str) -> None:
    """`StepError` `invalid_config` for what is no JSON Schema."""
    if not isinstance(schema, Mapping):
        raise invalid_config(place, "a JSON Schema is needed")
    if found := next(schema_problems(schema, ""), None):
        raise invalid_config(f"{place}{found.path}", found.message)


def told(schema: Mapping[str, Any]) -> str:
    """What a model is told of the form."""
    text = json.dumps(schema, ensure_ascii=False)
    return f"Give your final answer as one JSON value that matches this JSON Schema, and nothing else:\n{text}"


def read(text: str, schema: Mapping[str, Any]) -> tuple[Any, Sequence[str]]:
    """The value and what is wrong with it. A fence around it, or words before and after, are let pass."""
    found, reason = _json_in(text)
    if reason:
        return None, [reason]
    problems = [f"{problem.path or 'the value'}: {problem.message}" for problem in value_problems(schema, found)]
    return found, problems


def repair(problems: Sequence[str]) -> str:
    """What a model is told of an answer that does not fit."""
    listed = "\n".join(f"- {problem}" for problem in problems[:10])
    return f"That does not match the schema:\n{listed}\nAnswer again with the corrected JSON value alone."


def _json_in(text: str) -> tuple[Any, str]:
    reason = "it is no JSON"
    for candidate in (text, *_FENCED.findall(text), _braced(text)):
        try:
            return parse_json(candidate.strip().encode("utf-8", "replace")), ""
        except ValueError as error:
            reason = f"it is no JSON ({error})"
    return None, reason


def _braced(text: str) -> str:
    return text[text.find("{") : text.rfind("}") + 1]
