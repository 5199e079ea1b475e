"""Functions of JSONata that jsonata-python leaves unbounded, quadratic or tied to the clock, written anew or guarded.

The specification: https://docs.jsonata.org/string-functions and its siblings.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from jsonata import Functions, JException, Utils

from stepweave.compiler.bounds import MAX_OUTPUT, REFUSED, AsJson, Refused, check_length
from stepweave.compiler.patterns import Pattern

MAX_TIMESTAMP = 100
MAX_READINGS = 5_000_000
"""Ways in which a picture may divide a timestamp: jsonata-python tries them one by one."""
_DOLLAR = re.compile(r"\$(\$|\d+)")
_COMPONENT = re.compile(r"\[([^\[\]]*)\]")
_SHORT_COMPONENT = re.compile(r"[YMDHhms][0-9#]*(,.*)?", re.DOTALL)
_PLAIN_LITERAL = re.compile(r"[^*+?{}()|\\^$\[\]]*")


def functions(now: datetime | None) -> list[tuple[str, Callable[..., Any], str | None]]:
    """Names, functions and JSONata signatures; `now` is the one moment that they know."""
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
        ("distinct", _distinct, "<x:x>"),
        ("sort", _sort, "<af?:a>"),
        ("spread", _spread, "<x-:a<o>>"),
        ("clone", _clone, "<(oa)-:o>"),
        ("toMillis", _to_millis, "<s-s?:n>"),
        ("formatNumber", _format_number, "<n-so?:s>"),
        *((name, _refuse(name, why), None) for name, why in REFUSED.items()),
    ]


def _refuse(name: str, why: str) -> Callable[..., Any]:
    def refused(*_arguments: object) -> None:
        raise Refused(f"${name} cannot be used: {why}", "expression_refused")

    return refused


def _pad(text: str | None, width: float | None = None, char: str | None = None) -> Any:
    check_length(abs(int(width or 0)))
    return Functions.pad(text, width, char)


def _join(texts: list[str] | None, separator: str | None = None) -> Any:
    check_length(sum(map(len, texts or ())) + len(texts or ()) * len(separator or ""))
    return Functions.join(texts, separator)


def _string(value: Any, prettify: bool | None = None) -> Any:
    if isinstance(value, list | dict):
        AsJson(keep_functions=True).of(value)
    return Functions.string(value, prettify)


def _clone(value: Any) -> Any:
    AsJson(keep_functions=True).of(value)
    return Functions.function_clone(value)


def _replace(text: Any, pattern: Any, replacement: Any, limit: float | None = None) -> Any:
    if text is None:
        return None
    if not isinstance(text, str):
        raise JException("T0410", -1)
    if limit is not None and limit < 0:
        raise JException("D3011", -1)
    count = len(text) + 1 if limit is None else math.ceil(limit)
    if isinstance(pattern, str):
        return _replace_text(text, pattern, replacement, count)
    if not isinstance(pattern, Pattern):
        raise JException("T0410", -1)
    return _within_limit(pattern.replaced(text, lambda match: _replaced(match, replacement), count))


def _replace_text(text: str, pattern: str, replacement: Any, count: int) -> str:
    if not pattern:
        raise JException("D3010", -1)
    if not isinstance(replacement, str):
        raise JException("D3012", -1)
    new = _DOLLAR.sub(lambda named: {"$$": "$", "$0": pattern}.get(named[0], named[0]), replacement)
    count = min(count, text.count(pattern))
    check_length(len(text) + count * (len(new) - len(pattern)))
    return text.replace(pattern, new, count)


def _within_limit(parts: Iterator[str]) -> str:
    kept, left = [], MAX_OUTPUT
    for part in parts:
        left -= len(part)
        check_length(MAX_OUTPUT - left)
        kept.append(part)
    return "".join(kept)


def _replaced(match: Any, replacement: Any) -> str:
    if isinstance(replacement, str):
        return _DOLLAR.sub(lambda named: _named(match, named[1]), replacement)
    new = Functions.func_apply(replacement, [Functions.to_jsonata_match(match)])
    if not isinstance(new, str):
        raise JException("D3012", -1)
    return new


def _named(match: Any, name: str) -> str:
    """What `$12` stands for: group 12, or else group 1 and a 2; nothing for a group that is not there."""
    if name == "$":
        return "$"
    for digits in range(len(name), 0, -1):
        if int(name[:digits]) <= len(match.groups()):
            return (match.group(int(name[:digits])) or "") + name[digits:]
    return name[1:]


def _distinct(values: Any) -> Any:
    if not isinstance(values, list) or len(values) <= 1:
        return values
    first: dict[Any, Any] = {}
    for value in values:
        first.setdefault(_identity(value), value)
    return Utils.create_sequence_from_iter(first.values()) if isinstance(values, Utils.JList) else [*first.values()]


def _identity(value: Any) -> tuple[str, Any]:
    """Equal for values that JSONata counts as equal; true and 1 are not."""
    match value:
        case bool():
            return "boolean", value
        case int() | float() | str():
            return "plain", value
        case list() | dict():
            return "json", json.dumps(AsJson(keep_functions=True).of(value), sort_keys=True)
    return "other", id(value)


def _sort(values: Any, comparator: Any = None) -> Any:
    if values is not None and comparator is None and len(values) > 1:
        all_text = all(isinstance(value, str) for value in values)
        if not all_text and not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            raise JException("D3070", -1)
    return Functions.sort(values, comparator)


def _spread(value: Any) -> Any:
    if not isinstance(value, list):
        return Functions.spread(value)
    members: list[Any] = []
    for each in value:
        spread = _spread(each)
        members.extend(spread if isinstance(spread, list) else () if spread is None else (spread,))
    return Utils.create_sequence_from_iter(members)


def _to_millis(text: Any, picture: str | None = None) -> Any:
    if isinstance(text, str) and picture is not None:
        _check_picture(text, picture)
    return Functions.datetime_to_millis(text, picture)


def _check_picture(text: str, picture: str) -> None:
    """jsonata-python makes a regular expression of the picture, also of what lies between its components."""
    components = _COMPONENT.findall(picture)
    if not _PLAIN_LITERAL.fullmatch(_COMPONENT.sub("", picture)):
        raise Refused("between the components of a picture none of *+?{}()|\\^$ can stand")
    long = sum(_SHORT_COMPONENT.fullmatch(component) is None for component in components)
    readings = 3 ** (len(components) - long) * max(1, len(text)) ** long / math.factorial(min(long, 50))
    if len(text) > MAX_TIMESTAMP or readings > MAX_READINGS:
        raise Refused("a picture of fewer components, or a shorter timestamp, is needed")


def _format_number(value: Any, picture: Any = None, options: Any = None) -> Any:
    """Of the options those that are one character by definition have to be: they end up in a regular expression."""
    signs = {name: sign for name, sign in (options or {}).items() if name not in ("infinity", "NaN", "minus-sign")}
    if not all(isinstance(sign, str) and len(sign) == 1 for sign in signs.values()):
        raise Refused("an option of $formatNumber that is no single character", "expression_failed")
    return Functions.format_number(value, picture, options)
