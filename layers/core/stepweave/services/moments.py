"""Moments as text: ISO 8601 in UTC with milliseconds, which sorts as text does."""

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def text_of(moment: datetime) -> str:
    """-> `2026-11-02T08:30:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds_between(start: str, end: str) -> float:
    return (moment_of(end) - moment_of(start)).total_seconds()


def microseconds_of(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - _START) // _MICROSECOND


def moment_at(microseconds: int) -> datetime:
    """The moment so long after 1970."""
    return _START + microseconds * _MICROSECOND
