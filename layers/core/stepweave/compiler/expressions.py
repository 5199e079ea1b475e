"""Expressions: JSONata (https://docs.jsonata.org) over `input, steps, run, item, index, env, secrets`.

The one engine, on a laptop and on Lambda. An expression reads nothing but its scope; `bounds` says what bounds it.
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from jsonata import JException

from stepweave.compiler.bounds import MAX_CALLS, MAX_SECONDS, AsJson, Refused, check_nesting
from stepweave.compiler.engine import Engine, bounded_frame
from stepweave.compiler.interruption import Interrupted, within
from stepweave.compiler.patterns import TooMuchText, UnusablePattern
from stepweave.compiler.templates import OPEN, Expression, Template, Unbalanced, parse_template
from stepweave.errors import ExpressionError

MAX_SOURCE = 20_000
"""Characters of one expression."""


def evaluate(expression: str, scope: Mapping[str, Any], *, now: datetime | None = None) -> Any:
    """The JSON value of an expression, with or without its braces; `now` is what `$now()` and `$millis()` give.

    Raises `ExpressionError`; `expression_no_value` when it yields nothing (null is a value).
    """
    return _value_of(_bare(expression), scope, now)


def render(value: Any, scope: Mapping[str, Any], *, now: datetime | None = None) -> Any:
    """A JSON value with its templates filled in; names of members are taken as they are.

    One expression alone keeps its type, else all is joined as text: strings as they are, null as nothing, everything
    else as compact JSON. -> `render({"n": "{{ 1 + 1 }}", "t": "n={{ 1 + 1 }}"}, {}) == {"n": 2, "t": "n=2"}`
    """
    if isinstance(value, str):
        return _render_text(value, scope, now)
    if isinstance(value, Mapping):
        return {name: render(each, scope, now=now) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [render(each, scope, now=now) for each in value]
    return value


def truth(value: Any) -> bool:
    """Whether a value counts as true, by the rules of JSONata's `$boolean`: https://docs.jsonata.org/boolean-functions."""
    if isinstance(value, list):
        return any(truth(each) for each in value)
    return bool(value)


def syntax_problem(expression: str) -> str | None:
    """What keeps an expression from being evaluated, with its position in characters from 1; None when nothing does."""
    try:
        parsed(_bare(expression))
    except ExpressionError as error:
        return error.message
    return None


def parsed(source: str) -> Engine:
    """A bare expression, parsed; kept per thread, for JSONata's objects hold the state of an evaluation."""
    cache = getattr(_local, "parsed", None)
    if cache is None:
        cache = _local.parsed = lru_cache(maxsize=2_048)(_parse)
    result: Engine = cache(source)
    return result


_local = threading.local()


def is_braced(expression: str) -> bool:
    """Whether an expression that may stand without its braces has them: within it, they would be text."""
    return expression.lstrip().startswith(OPEN)


def _bare(expression: str) -> str:
    template = _template(expression) if is_braced(expression) else None
    if template is None:
        return expression.strip()
    if not template.is_one_expression:
        raise ExpressionError(
            "expression_syntax", "One expression is expected here, and no text around it.", expression=expression
        )
    return next(part.source.strip() for part in template.parts if isinstance(part, Expression))


def _template(text: str) -> Template:
    try:
        return parse_template(text)
    except Unbalanced as error:
        raise ExpressionError("expression_syntax", f"In '{_short(text)}' {error}.", expression=text) from error


def _parse(source: str) -> Engine:
    if len(source) > MAX_SOURCE:
        raise ExpressionError(
            "expression_syntax", f"The expression is longer than {MAX_SOURCE} characters.", expression=source
        )
    try:
        return within(MAX_SECONDS, lambda: _engine(source))
    except Refused as error:
        raise ExpressionError(error.code, f"{error} in '{_short(source)}'", expression=source) from error
    except JException as error:
        message = f"{error} at character {max(1, min(error.location, len(source)))} of '{_short(source)}'"
        raise ExpressionError("expression_syntax", message, expression=source) from error
    except UnusablePattern as error:
        raise ExpressionError("expression_syntax", f"In '{_short(source)}' {error}.", expression=source) from error
    # The parser stumbles over some malformed texts, with whatever exception the place happens to raise.
    except (Exception, Interrupted) as error:
        message = f"'{_short(source)}' cannot be read as an expression"
        raise ExpressionError("expression_syntax", message, expression=source) from error


def _engine(source: str) -> Engine:
    engine = Engine(source)
    if len(source) > MAX_CALLS:
        # A shorter text cannot nest deeper.
        check_nesting(engine.ast)
    return engine


def _reason(error: Exception) -> str:
    """What went wrong, without the values that JSONata puts into its messages."""
    if not isinstance(error, JException):
        return "an operation does not fit its values"
    template = JException.error_codes.get(error.error, "")
    return re.sub(r"\{\{\w+\}\}", "...", template) if "{{value" in template else str(error)


def _render_text(text: str, scope: Mapping[str, Any], now: datetime | None) -> Any:
    if "{{" not in text:
        return text
    template = _template(text)
    if template.is_one_expression:
        return evaluate(text, scope, now=now)
    values = [
        part if isinstance(part, str) else joined_text(_value_of(part.source.strip(), scope, now))
        for part in template.parts
    ]
    return "".join(values)


def joined_text(value: Any) -> str:
    """A value among text: -> `""` for null, `"x"` for "x", `"[1,2]"` for a list."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _value_of(source: str, scope: Mapping[str, Any], now: datetime | None) -> Any:
    engine = parsed(source)
    try:
        return within(MAX_SECONDS, lambda: _evaluated(engine, source, scope, now))
    except Refused as error:
        raise ExpressionError(error.code, f"{error} in '{_short(source)}'", expression=source) from error
    except Interrupted as error:
        message = f"more than {MAX_SECONDS:g} seconds of work in '{_short(source)}'"
        raise ExpressionError("expression_limit", message, expression=source) from error
    except TooMuchText as error:
        raise ExpressionError("expression_limit", f"{error} in '{_short(source)}'", expression=source) from error
    except RecursionError as error:
        message = f"'{_short(source)}' calls deeper than {MAX_CALLS} levels"
        raise ExpressionError("expression_limit", message, expression=source) from error
    except ExpressionError:
        raise
    # JSONata's own errors, and Python's where its functions are called with values they were not made for. The text of
    # the latter may hold data, so it is left out.
    except Exception as error:
        message = f"'{_short(source)}' failed: {_reason(error)}"
        raise ExpressionError("expression_failed", message, expression=source) from error


def _evaluated(engine: Engine, source: str, scope: Mapping[str, Any], now: datetime | None) -> Any:
    result = engine.evaluate(dict(scope), bounded_frame(engine, now))
    if result is None:
        raise ExpressionError(
            "expression_no_value", f"The expression '{_short(source)}' yields nothing.", expression=source
        )
    return AsJson().of(result)


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
