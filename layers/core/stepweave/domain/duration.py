"""Durations as people write them: `5m`, `1h30m`, `5 minutes`, `1.5 hours`, or plain seconds."""

import re

_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)

MAX_SECONDS = 365 * 86400.0
"""A year: what an execution of Step Functions lasts at most (AWS quotas page of Step Functions)."""


def seconds_of(value: str | float) -> float:
    """Seconds of a duration. -> `seconds_of("1h30m") == 5400.0`; ValueError says what is wrong with any other text."""
    seconds = float(value) if isinstance(value, int | float) else _parse(value)
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"{value!r} is not between 0 seconds and 365 days")
    return seconds


def _parse(text: str) -> float:
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
        return float(text)
    total, end = 0.0, 0
    while match := _PART.match(text, end):
        total += float(match[1]) * _unit(match[2].lower(), text)
        end = match.end()
    if end == 0 or text[end:].strip():
        raise ValueError(
            f"{text!r} is not a duration; write for example '5m', '1h30m', '5 minutes' or a number of seconds"
        )
    return total


def _unit(word: str, text: str) -> float:
    unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    if unit is None:
        raise ValueError(f"{text!r} has an unknown unit '{word}'; units are ms, s, m, h, d and w")
    return unit
