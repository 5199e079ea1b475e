"""When the other side wants to be asked again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_PAUSE = 86_400.0
"""Seconds that an answer may ask for before the next attempt."""


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After, which has seconds or a date (RFC 9110, 10.2.3): a day at most; None for other text."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return min(float(text), _LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()), _LONGEST_PAUSE)
