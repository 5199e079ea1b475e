"""Problems of form: pydantic's errors, said for people.

{"type": "extra_forbidden", "loc": ("steps", 0, "webhook", "confg")}
    =>   Problem("unknown_member", "/steps/0/confg", "Step 'a': confg is unknown", "Did you mean 'config'?")
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ForwardRef, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from stepweave.domain.definition import Definition
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.step import STEP_TYPES, Step

MAX_PROBLEMS = 200
"""More than anybody reads; the last one says how many are left out."""
UNREADABLE = "_unreadable"
"""How the id of a step begins that stands for one without an id; no hint names it."""
Loc = tuple[str | int, ...]

_EXPECTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "tuple_type": "an array",
}
_BOUNDS = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
    "string_pattern_mismatch": "must match {pattern}",
    "finite_number": "must be a finite number",
}


def form_problems(errors: Sequence[ErrorDetails], source: Mapping[str, Any]) -> list[Problem]:
    """One problem per place, in the order of the errors."""
    places: dict[Loc, list[ErrorDetails]] = {}
    for error in errors:
        places.setdefault(_place(error, source), []).append(error)
    wholes = {at[:length] for at in places for length in range(len(at))}
    merged = [(at, each) for at, each in places.items() if at not in wholes or not _follows_from_parts(each)]
    problems = [_problem(at, each, source) for at, each in merged[:MAX_PROBLEMS]]
    if len(merged) > MAX_PROBLEMS:
        rest = len(merged) - MAX_PROBLEMS
        return [*problems, Problem("more_problems", "", f"There are {rest:,} more problems of form")]
    return problems


def did_you_mean(word: str, known: Iterable[str], others: Iterable[str] = ()) -> str:
    """A hint with the closest word of those known, else of the others, else with all known if they are few.

    -> `Did you mean 'fetch'?`
    """
    names = [name for name in known if not name.startswith(UNREADABLE)]
    close = _closest(word, names) or _closest(word, [name for name in others if not name.startswith(UNREADABLE)])
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(sorted(names))}." if 0 < len(names) <= 20 else ""


def _closest(word: str, names: list[str]) -> list[str]:
    if len(names) > 100:
        # Comparing with all of a thousand ids takes 10 ms; a slip of the finger rarely hits both ends of a word.
        names = [name for name in names if name[:1] == word[:1] or name[-1:] == word[-1:]]
    return get_close_matches(word, names, n=1, cutoff=0.6)


def subject(at: Loc, source: Mapping[str, Any]) -> str:
    """What a problem is about, in words. -> `Step 'fetch': config.url`, `schedule.cron`, `The definition`"""
    value: Any = source
    label, rest = "", list(at)
    while rest[:1] == ["steps"] and len(rest) > 1:
        place = int(rest[1])
        value = value["steps"][place]
        name = value.get("id") if isinstance(value, dict) else None
        label = f"Step '{name}'" if isinstance(name, str) else f"Step {place + 1}"
        rest = rest[2:]
        if rest[:2] == ["config", "steps"] and len(rest) > 2:
            value, rest = value["config"], rest[1:]
    dotted = ".".join(str(part) for part in rest)
    if label and dotted:
        return f"{label}: {dotted}"
    return label or dotted or "The definition"


def _place(error: ErrorDetails, source: Mapping[str, Any]) -> Loc:
    """The place in what was sent: the names of union members that pydantic puts between are left out."""
    value: Any = source
    at: list[str | int] = []
    loc = error["loc"]
    for index, part in enumerate(loc):
        is_last = index == len(loc) - 1
        if _is_tag(loc, index, value):
            continue
        if _has(value, part):
            value = value[part]
        elif not (is_last and error["type"] == "missing"):
            continue
        at.append(part)
    if error["type"].startswith("union_tag"):
        at.append("type")
    return tuple(at)


def _has(value: object, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _is_tag(loc: Loc, index: int, value: object) -> bool:
    """Whether a part names the type of a step or trigger, which stands right behind the position in the list."""
    if index < 2 or not isinstance(loc[index - 1], int) or loc[index - 2] not in ("steps", "triggers"):
        return False
    return isinstance(value, dict) and loc[index] == value.get("type")


def _follows_from_parts(errors: list[ErrorDetails]) -> bool:
    """Said of a whole whose parts are at fault: that an object is no text, or that no entry of an array is left."""
    return all(error["type"] in {*_EXPECTED, "literal_error", "too_short"} for error in errors)


def _problem(at: Loc, errors: list[ErrorDetails], source: Mapping[str, Any]) -> Problem:
    error = errors[0]
    where, path = subject(at, source), pointer(*at)
    match error["type"]:
        case "missing" | "union_tag_not_found":
            hint = did_you_mean("", STEP_TYPES) if at[0] == "steps" and at[-1] == "type" else ""
            return Problem("missing_member", path, f"{where} is missing", hint)
        case "extra_forbidden":
            return Problem(
                "unknown_member", path, f"{where} is unknown", did_you_mean(str(at[-1]), _members(error["loc"]))
            )
        case "union_tag_invalid":
            given, known = error["ctx"]["tag"], str(error["ctx"]["expected_tags"]).replace("'", "").split(", ")
            return Problem("unknown_type", path, f"{where} is '{given}', which is unknown", did_you_mean(given, known))
    return _bad_value(where, path, errors)


def _bad_value(where: str, path: str, errors: list[ErrorDetails]) -> Problem:
    own = [error for error in errors if error["type"] == "value_error"]
    if own:
        return Problem("invalid_value", path, f"{where}: {own[0]['ctx']['error']}")
    expected = list(dict.fromkeys(_expected(error) for error in errors if _expected(error)))
    if expected:
        literals = [str(error["ctx"]["expected"]) for error in errors if error["type"] == "literal_error"]
        given = errors[0]["input"]
        known = literals[0].replace("'", "").replace(" or ", ", ").split(", ") if literals else []
        code = "invalid_value" if literals and isinstance(given, str) else "wrong_type"
        hint = did_you_mean(given, known) if isinstance(given, str) and known else ""
        return Problem(code, path, f"{where} must be {_or(expected)}", hint)
    error = errors[0]
    bound = _BOUNDS.get(error["type"])
    return Problem(
        "invalid_value",
        path,
        f"{where} {bound.format(**error.get('ctx', {}))}" if bound else f"{where}: {error['msg']}",
    )


def _expected(error: ErrorDetails) -> str:
    if error["type"] == "literal_error":
        return str(error["ctx"]["expected"])
    return _EXPECTED.get(error["type"], "")


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _members(loc: Loc) -> list[str]:
    """The members that the model around a place knows."""
    model: Any = Definition
    for part in loc[:-1]:
        model = _inner(model, part)
    found = _models(model)
    return [field.alias or name for name, field in found[0].model_fields.items()] if len(found) == 1 else []


def _inner(kind: Any, part: str | int) -> Any:
    """The type behind a part of a place: of a member, of an entry, or the union's member of that name."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = next((f for name, f in kind.model_fields.items() if part in (name, f.alias)), None)
        # The steps inside a loop are steps: a type that names itself is kept as the text it was written in.
        inner = field.annotation if field else kind
        return Step if isinstance(inner, ForwardRef) else inner
    models = _models(kind)
    if isinstance(part, int):
        return kind
    named = [each for each in models if part in (each.__name__, *_tag(each))]
    return named[0] if named else kind


def _models(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for each in get_args(kind) for model in _models(each)]


def _tag(model: type[BaseModel]) -> tuple[str, ...]:
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field else ()
