"""Moments as clients write them."""

from datetime import UTC, datetime


def is_moment(text: str) -> bool:
    """Whether it is ISO 8601 with an offset, of a time that there is in UTC as well (years 1 to 9999)."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return moment.tzinfo is not None
