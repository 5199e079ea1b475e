"""Rules of EventBridge that cover a cron in a zone: they run in UTC, so they fire at every minute that could be one of
its fire times at any offset to come. Who is called by them lets pass what `domain.fire_times` names.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from stepweave.domain.cron import Cron

_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SAMPLE = timedelta(hours=6)
_DAY = timedelta(days=1)
_ALL_DAYS, _ALL_WEEKDAYS = frozenset(range(1, 32)), frozenset(range(7))
_YEARS = (2027, 2028)
"""A common and a leap year: all days that there are."""


@dataclass(frozen=True)
class _Shift:
    """In that local month, with UTC so many days away from the local day."""

    month: int
    days: int


def utc_rules(cron: Cron, zone: tzinfo, since: datetime, until: datetime) -> tuple[str, ...]:
    """The schedule expressions of one rule, or of two where either day field may match (EventBridge wants one `?`).

    Each is the smallest expression that covers what it must at the offsets that the zone has from `since` to `until`.
    """
    minutes, hours, shifts = set[int](), set[int](), set[_Shift]()
    for month, offset in _offsets(cron, zone, since, until):
        for days, hour, minute in _times(cron, offset):
            minutes.add(minute)
            hours.add(hour)
            shifts.add(_Shift(month, days))
    time = f"{_field(minutes, range(60))} {_field(hours, range(24))}"
    return tuple(f"cron({time} {days} *)" for days in _day_fields(cron, shifts))


def _offsets(cron: Cron, zone: tzinfo, since: datetime, until: datetime) -> set[tuple[int, int]]:
    """Months of the cron with the offsets, in minutes, that the zone may have in them."""
    found, moment = set(), since.astimezone(UTC)
    while moment <= until:
        wall = moment.astimezone(zone)
        offset = (wall.utcoffset() or timedelta()) // timedelta(minutes=1)
        found |= {(near.month, offset) for near in (wall - _DAY, wall, wall + _DAY)}
        moment += _SAMPLE
    return {(month, offset) for month, offset in found if month in cron.months}


def _times(cron: Cron, offset: int) -> Iterator[tuple[int, int, int]]:
    """Its times in UTC: days away from the local day, hour, minute."""
    for hour in cron.hours:
        for minute in cron.minutes:
            days, rest = divmod(hour * 60 + minute - offset, 24 * 60)
            yield days, rest // 60, rest % 60


def _day_fields(cron: Cron, shifts: set[_Shift]) -> Iterator[str]:
    """Day of the month, month and day of the week, one of the days being `?`."""
    daily = replace(cron, days=_ALL_DAYS, weekdays=_ALL_WEEKDAYS, either_day=False)
    by_month, by_week = replace(daily, days=cron.days), replace(daily, weekdays=cron.weekdays)
    if cron.either_day and daily not in (by_month, by_week):
        if any(_utc_days(by_month, shifts)):  # not of 31 June, where the weekdays alone are left
            yield _monthly(by_month, shifts)
        yield _weekly(by_week, shifts)
    elif cron.either_day:
        yield _monthly(daily, shifts)
    elif len(cron.weekdays) * len(_ALL_DAYS) < len(cron.days) * len(_ALL_WEEKDAYS):
        yield _weekly(by_week, shifts)
    else:
        yield _monthly(by_month, shifts)


def _monthly(cron: Cron, shifts: set[_Shift]) -> str:
    days = list(_utc_days(cron, shifts))
    only_last = all((day + _DAY).day == 1 for day in days)
    named = "L" if only_last else _field({day.day for day in days}, range(1, 32))
    return f"{named} {_months(days)} ?"


def _weekly(cron: Cron, shifts: set[_Shift]) -> str:
    weekdays = {(day + shift.days) % 7 for day in cron.weekdays for shift in shifts}
    named = ",".join(_WEEKDAYS[day] for day in sorted(weekdays)) if len(weekdays) < 7 else "*"
    return f"? {_months(_utc_days(replace(cron, weekdays=_ALL_WEEKDAYS), shifts))} {named}"


def _months(days: Iterable[date]) -> str:
    return _field({day.month for day in days}, range(1, 13))


def _utc_days(cron: Cron, shifts: set[_Shift]) -> Iterator[date]:
    """The days in UTC of its local days."""
    for year in _YEARS:
        day = date(year, 1, 1)
        while day.year == year:
            if cron.has_day(day):
                yield from (day + shift.days * _DAY for shift in shifts if shift.month == day.month)
            day += _DAY


def _field(values: set[int], all_values: range) -> str:
    """-> `*`, or `0-4,30`"""
    if values == set(all_values):
        return "*"
    parts: list[list[int]] = []
    for value in sorted(values):
        if parts and parts[-1][-1] == value - 1:
            parts[-1].append(value)
        else:
            parts.append([value])
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def rate_rule(every: int, anchor: datetime) -> str:
    """The smallest cron of UTC that holds every so many minutes from an anchor on."""
    if every % (24 * 60) == 0:
        return f"cron({anchor.minute} {anchor.hour} * * ? *)"
    if every % 60 == 0:
        hours = {(anchor.hour + step) % 24 for step in range(0, 24 * 60 * every // 60, every // 60)}
        return f"cron({anchor.minute} {_field(hours, range(24))} * * ? *)"
    minutes = {(anchor.minute + step) % 60 for step in range(0, 60 * every, every)}
    return f"cron({_field(minutes, range(60))} * * * ? *)"
