"""The engine: JSONata as jsonata-python evaluates it, within bounds."""

import re
import time
from datetime import datetime
from functools import lru_cache
from typing import Any

from jsonata import JException, Jsonata, Utils

from stepweave.compiler.bounds import MAX_ALL_ITEMS, MAX_ALL_TEXT, MAX_CALLS, MAX_SECONDS, AsJson, Refused, check_size
from stepweave.compiler.functions import functions
from stepweave.compiler.patterns import Pattern

MAX_OPTIONAL = 8
_PARAMETER = re.compile(r"(?:\[[a-z]+\]|f)([?+]?)")


class Engine(Jsonata):  # type: ignore[misc]  # jsonata-python has no types
    """One parsed expression. Where jsonata-python would spend unbounded time or show data, it does not get to."""

    def __init__(self, source: str) -> None:
        super().__init__(source, Pattern)
        self.set_validate_input(False)
        self.set_output_convert_nulls(False)

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:
        """Calls a function; jsonata-python would print what is none, and so put data (a secret?) into the log."""
        if proc is None or isinstance(proc, str | int | float | list | dict):
            raise JException("T1006", 0)
        if isinstance(getattr(proc, "function", None), Jsonata.Transformer):
            # It copies by way of JSON.
            AsJson(keep_functions=True).of(args[0])
        elif (signature := getattr(proc, "signature", None)) is not None:
            _check_signature(signature._signature)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> Any:
        for side in (lhs, rhs):
            if isinstance(side, list | dict):
                AsJson(keep_functions=True).of(side)
        return super().evaluate_string_concat(lhs, rhs)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:
        """`in`, in Python and not in C, where a comparison of values that share parts could not be interrupted."""
        if lhs is None or rhs is None:
            return False
        return any(Utils.is_deep_equal(lhs, each) for each in (rhs if isinstance(rhs, list) else [rhs]))


def bounded_frame(engine: Jsonata, now: datetime | None) -> Any:
    frame = engine.create_frame()
    depth, items, characters, deadline = 0, 0, 0, time.monotonic() + MAX_SECONDS

    def enter(_expression: object, _input: object, _frame: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_CALLS:
            raise Refused(f"more than {MAX_CALLS} levels of calls")
        if time.monotonic() > deadline:
            raise Refused(f"more than {MAX_SECONDS:g} seconds of work")

    def leave(expression: Any, _input: object, _frame: object, result: object) -> None:
        nonlocal depth, items, characters
        depth -= 1
        check_size(result)
        if isinstance(result, list):
            items += len(result)
            if items > MAX_ALL_ITEMS:
                raise Refused(f"arrays of more than {MAX_ALL_ITEMS} items in all")
        elif isinstance(result, str) and expression.type in ("binary", "function"):
            characters += len(result)
            if characters > MAX_ALL_TEXT:
                raise Refused(f"texts of more than {MAX_ALL_TEXT} characters in all")

    frame.set_evaluate_entry_callback(enter)
    frame.set_evaluate_exit_callback(leave)
    for name, function, signature in functions(now):
        frame.bind(name, Jsonata.JFunction(Jsonata.JLambda(function), signature))
    return frame


@lru_cache(maxsize=256)
def _check_signature(pattern: str) -> None:
    """jsonata-python makes a regular expression of a signature; optional parameters multiply the ways to read one."""
    repeats = _PARAMETER.findall(pattern.removeprefix("^").removesuffix("$").replace("(", "").replace(")", ""))
    plain = _PARAMETER.sub("", pattern.removeprefix("^").removesuffix("$")).replace("()", "")
    if plain or repeats.count("?") > MAX_OPTIONAL or repeats.count("+") > 1:
        raise Refused(
            f"a function's signature with more than {MAX_OPTIONAL} optional parameters, or one it cannot read"
        )


_message = JException.msg


def _message_without_values(error: str, location: int, *values: Any, details: bool = False) -> Any:
    """An array's text in a message could be longer than any memory; jsonata-python offers no other place to say so."""
    shown = [value if isinstance(value, str | int | float) else "..." for value in values]
    return _message(error, location, *shown, details=details)


JException.msg = staticmethod(_message_without_values)
