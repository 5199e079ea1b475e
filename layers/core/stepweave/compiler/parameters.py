"""Parameters of a template: what stands as `parameters.x` between `{{` and `}}` is filled in, everything else stays.

    "{{ parameters.url }}"                 =>  the value, in its own type
    "GET {{ parameters.url }}"             =>  "GET https://example.com"
    "{{ input.n > parameters.limit }}"     =>  "{{ input.n > 10 }}"

Filling happens once, at install: what comes out is an ordinary definition, which knows nothing of its template.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.compiler.expressions import joined_text
from stepweave.compiler.form import did_you_mean
from stepweave.compiler.templates import CLOSE, OPEN, Expression, Template, Unbalanced, parse_template
from stepweave.domain.problem import Problem, pointer

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_ALONE = re.compile(rf"\s*parameters\.({_NAME})((?:\.{_NAME})*)\s*")
_QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/"""
_WITHIN = re.compile(rf"{_QUOTED}|(?<![\w.$])parameters\.({_NAME})((?:\.{_NAME})*)", re.DOTALL)
"""In a larger expression, what is quoted is passed over; a member of something else (`x.parameters.y`) is not ours."""

Parameters = Mapping[str, Any]


def fill_parameters(value: Any, parameters: Parameters) -> Any:
    """A part of a definition with its parameters filled in; those that are not given stay as they are."""
    match value:
        case str():
            return _filled_text(value, parameters)
        case Mapping():
            return {name: fill_parameters(each, parameters) for name, each in value.items()}
        case list() | tuple():
            return [fill_parameters(each, parameters) for each in value]
    return value


def parameter_problems(value: Any, declared: Mapping[str, Any], at: str = "") -> Iterator[Problem]:
    """Parameters that a part of a definition reads and its template does not declare, each at its place."""
    match value:
        case str():
            for name in dict.fromkeys(_names(value)):
                if name not in declared:
                    message = f"{at} reads 'parameters.{name}', which the template does not declare"
                    yield Problem("unknown_parameter", at, message, did_you_mean(name, declared))
        case Mapping():
            for name, each in value.items():
                yield from parameter_problems(each, declared, at + pointer(name))
        case list() | tuple():
            for index, each in enumerate(value):
                yield from parameter_problems(each, declared, f"{at}/{index}")


def _template(text: str) -> Template | None:
    """None where nothing can be filled in. Braces that do not end are told when the definition is compiled."""
    if OPEN not in text or "parameters" not in text:
        return None
    try:
        return parse_template(text)
    except Unbalanced:
        return None


def _names(text: str) -> Iterator[str]:
    template = _template(text)
    for part in template.parts if template else ():
        if isinstance(part, Expression):
            yield from (found[1] for found in _WITHIN.finditer(part.source) if found[1])


def _filled_text(text: str, parameters: Parameters) -> Any:
    template = _template(text)
    if template is None:
        return text
    if template.is_one_expression:
        (only,) = (part for part in template.parts if isinstance(part, Expression))
        if (found := _ALONE.fullmatch(only.source)) and found[1] in parameters:
            return _read(parameters, found)
    return "".join(_filled_part(part, parameters) for part in template.parts)


def _filled_part(part: str | Expression, parameters: Parameters) -> str:
    if isinstance(part, str):
        return part
    if (found := _ALONE.fullmatch(part.source)) and found[1] in parameters:
        return joined_text(_read(parameters, found))
    return OPEN + _WITHIN.sub(lambda found: _literal(found, parameters), part.source) + CLOSE


def _literal(found: re.Match[str], parameters: Parameters) -> str:
    """JSON text is JSONata for its value."""
    if not found[1] or found[1] not in parameters:
        return found[0]
    return json.dumps(_read(parameters, found), ensure_ascii=False)


def _read(parameters: Parameters, found: re.Match[str]) -> Any:
    """A parameter, or a member of one; a member that is missing is null."""
    value = parameters[found[1]]
    for name in found[2].split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
