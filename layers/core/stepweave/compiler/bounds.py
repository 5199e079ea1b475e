"""What bounds an evaluation: time, depth, size, no randomness, and a result that is JSON."""

import math
from collections.abc import Iterator
from typing import Any

from jsonata import Parser, Utils

MAX_SECONDS = 2.0
MAX_CALLS = 300
"""How deep an expression may call; each level takes several frames of Python."""
MAX_OUTPUT = 6_000_000
"""Characters of JSON: what one answer of a Lambda function holds (AWS Lambda quotas)."""
MAX_ITEMS = 1_000_000
MAX_ALL_ITEMS = 20_000_000
"""Items of all arrays that come up in one evaluation: a large array named a thousand times fills the memory."""
MAX_ALL_TEXT = 100_000_000
"""Characters of all texts that calls and `&` make in one evaluation."""
MAX_JSON_DEPTH = 100
MAX_INTEGER_BITS = 1_100
"""Above any double, so that all of JSON's numbers fit and a number that only grows is stopped."""
REFUSED = {
    "eval": "it would hide from validation what an expression reads",
    "random": "a step that is entered again must come to the same value; make it in a script step",
    "shuffle": "a step that is entered again must come to the same order; do it in a script step",
}


class Refused(BaseException):
    """No `Exception`, for jsonata-python swallows those in places."""

    def __init__(self, message: str, code: str = "expression_limit") -> None:
        super().__init__(message)
        self.code = code


def check_size(result: object) -> None:
    """Stops what doubles with each step of an evaluation, before it fills the memory."""
    if isinstance(result, str):
        check_length(len(result))
    elif isinstance(result, list):
        if len(result) > MAX_ITEMS:
            raise Refused(f"an array of more than {MAX_ITEMS} items")
    elif isinstance(result, int) and result.bit_length() > MAX_INTEGER_BITS:
        raise Refused("a number out of range")


def check_nesting(tree: object) -> None:
    """Refuses what no evaluation could come to the bottom of: whoever walks it would run out of frames."""
    level, seen = [tree], {id(tree)}
    for _ in range(MAX_CALLS):
        below = [each for node in level for value in vars(node).values() for each in _nodes(value)]
        level = [each for each in {id(each): each for each in below}.values() if id(each) not in seen]
        seen.update(map(id, level))
        if not level:
            return
    raise Refused(f"more than {MAX_CALLS} levels")


def _nodes(value: object) -> Iterator[object]:
    if isinstance(value, Parser.Symbol):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _nodes(each)


def check_length(characters: int) -> None:
    if characters > MAX_OUTPUT:
        raise Refused(f"a text of more than {MAX_OUTPUT} characters")


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
