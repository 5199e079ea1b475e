"""JSON from outside as a value that can be kept: stored, sent on and computed with.

JSON text can say more than that: numbers that no double holds, halves of surrogate pairs that no UTF-8 carries, nesting
that runs a parser out of stack. What is told apart here, where it comes in, cannot break a step after its work is done.
"""

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 100
"""As for the bodies of requests and for what an expression yields."""
_DIGITS_OF_A_DOUBLE = 308
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of JSON text (RFC 8259) in UTF-8, UTF-16 or UTF-32; halves of surrogate pairs become U+FFFD.

    ValueError says what else cannot be kept: bad syntax, NaN, numbers beyond a double, nesting over `max_depth`.
    """
    text = data.decode(json.detect_encoding(data))
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
        if _ESCAPED_HALF.search(text):
            value = json.loads(well_formed(json.dumps(value, ensure_ascii=False)))
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    if text.count("[") + text.count("{") > max_depth and _is_deeper(value, max_depth):
        raise _too_deep(max_depth)
    return value


def well_formed(text: str) -> str:
    """Text that UTF-8 can carry: -> `"a\\ufffdb"` for `"a\\udcffb"`."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _out_of_range(digits)
    return number


def _whole(digits: str) -> int:
    if len(digits) <= _DIGITS_OF_A_DOUBLE:
        return int(digits)
    if math.isinf(float(digits)):
        raise _out_of_range(digits)
    return int(digits)


def _out_of_range(digits: str) -> ValueError:
    return ValueError(f"the number {digits[:40]} is out of range")


def _too_deep(limit: int) -> ValueError:
    return ValueError(f"it is nested deeper than {limit} levels")


def _is_deeper(value: Any, limit: int) -> bool:
    """Level by level, so that the check itself needs no stack."""
    level = [value]
    for _ in range(limit):
        level = [child for each in level for child in _children(each) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
