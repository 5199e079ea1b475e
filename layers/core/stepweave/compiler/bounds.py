"""What bounds an evaluation: time, depth, size, no clock of its own, no randomness, and a result that is JSON."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jsonata import Functions, Jsonata, Utils

MAX_SECONDS = 2.0
MAX_CALLS = 300
"""How deep an expression may call; each level takes several frames of Python."""
MAX_OUTPUT = 6_000_000
"""Characters of JSON: what one answer of a Lambda function holds (AWS Lambda quotas)."""
MAX_ITEMS = 1_000_000
MAX_JSON_DEPTH = 100
MAX_INTEGER_BITS = 1_100
"""Above any double, so that all of JSON's numbers fit and a number that only grows is stopped."""
REFUSED = {
    "eval": "it would hide from validation what an expression reads",
    "random": "a step that is entered again must come to the same value; make it in a script step",
    "shuffle": "a step that is entered again must come to the same order; do it in a script step",
}


class Refused(Exception):
    def __init__(self, message: str, code: str = "expression_limit") -> None:
        super().__init__(message)
        self.code = code


def bounded_frame(engine: Jsonata, now: datetime | None) -> Any:
    frame = engine.create_frame()
    depth, deadline = 0, time.monotonic() + MAX_SECONDS

    def enter(_expression: object, _input: object, _frame: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_CALLS:
            raise Refused(f"more than {MAX_CALLS} levels of calls")
        if time.monotonic() > deadline:
            raise Refused(f"more than {MAX_SECONDS:g} seconds of work")

    def leave(_expression: object, _input: object, _frame: object, result: object) -> None:
        nonlocal depth
        depth -= 1
        _check_size(result)

    frame.set_evaluate_entry_callback(enter)
    frame.set_evaluate_exit_callback(leave)
    for name, function, signature in _functions(now):
        frame.bind(name, Jsonata.JFunction(Jsonata.JLambda(function), signature))
    return frame


def _check_size(result: object) -> None:
    """Stops what doubles with each step of an evaluation, before it fills the memory."""
    if isinstance(result, str):
        _check_length(len(result))
    elif isinstance(result, list):
        if len(result) > MAX_ITEMS:
            raise Refused(f"an array of more than {MAX_ITEMS} items")
    elif isinstance(result, int) and result.bit_length() > MAX_INTEGER_BITS:
        raise Refused("a number out of range")


def _check_length(characters: int) -> None:
    if characters > MAX_OUTPUT:
        raise Refused(f"a text of more than {MAX_OUTPUT} characters")


def _functions(now: datetime | None) -> list[tuple[str, Callable[..., Any], str | None]]:
    """Functions of JSONata that are bounded, bound to a given moment, or refused, with their signatures."""
    millis = int(now.astimezone(UTC).timestamp() * 1000) if now is not None else None

    def moment() -> int:
        if millis is None:
            raise Refused("there is no current time", "expression_refused")
        return millis

    def now_text(picture: str | None = None, timezone: str | None = None) -> Any:
        return Functions.datetime_from_millis(moment(), picture, timezone)

    return [
        ("now", now_text, "<s?s?:s>"),
        ("millis", moment, "<:n>"),
        ("pad", _pad, "<s-ns?:s>"),
        ("join", _join, "<a<s>s?:s>"),
        ("replace", _replace, "<s-(sf)(sf)n?:s>"),
        ("string", _string, "<x-b?:s>"),
        *((name, _refuse(name, why), None) for name, why in REFUSED.items()),
    ]


def _refuse(name: str, why: str) -> Callable[..., Any]:
    def refused(*_arguments: object) -> None:
        raise Refused(f"${name} cannot be used: {why}", "expression_refused")

    return refused


def _pad(text: str | None, width: float | None = None, char: str | None = None) -> Any:
    _check_length(abs(int(width or 0)))
    return Functions.pad(text, width, char)


def _join(texts: list[str] | None, separator: str | None = None) -> Any:
    _check_length(sum(map(len, texts or ())) + len(texts or ()) * len(separator or ""))
    return Functions.join(texts, separator)


def _replace(text: str | None, pattern: Any, replacement: Any, limit: float | None = None) -> Any:
    if text is not None and isinstance(replacement, str):
        matches = text.count(pattern) if isinstance(pattern, str) and pattern else len(text)
        _check_length(len(text) + matches * len(replacement) if isinstance(pattern, str) else len(replacement))
    return Functions.replace(text, pattern, replacement, limit)


def _string(value: Any, prettify: bool | None = None) -> Any:
    if isinstance(value, list | dict):
        AsJson(keep_functions=True).of(value)
    return Functions.string(value, prettify)


class AsJson:
    """Copies a result as plain JSON: no functions, no NaN, whole numbers as integers, within the limits."""

    def __init__(self, *, keep_functions: bool = False) -> None:
        self._left = MAX_OUTPUT
        self._keep_functions = keep_functions

    def of(self, value: Any, depth: int = 0) -> Any:
        if depth > MAX_JSON_DEPTH:
            raise Refused(f"a value nested deeper than {MAX_JSON_DEPTH} levels")
        match value:
            case None | bool():
                self._spend(5)
                return value
            case str():
                self._spend(len(value) + 2)
                return value
            case int() | float():
                return self._number(value)
            case dict():
                return {self._name(name): self.of(each, depth + 1) for name, each in value.items()}
            case list():
                self._spend(2)
                return [self.of(each, depth + 1) for each in value]
        return self._other(value)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise Refused(f"a value of more than {MAX_OUTPUT} characters of JSON")

    def _name(self, name: str) -> str:
        self._spend(len(name) + 4)
        return name

    def _number(self, value: float) -> float:
        self._spend(8)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Refused("a number out of range")
            if value.is_integer() and abs(value) < 2**53:
                return int(value)
        return value

    def _other(self, value: object) -> None:
        if value is Utils.NULL_VALUE:
            self._spend(4)
        elif not self._keep_functions:
            raise Refused("the value is a function or something else that is no JSON", "expression_failed")
