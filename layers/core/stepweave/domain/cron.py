"""Crons: five fields of local time, read once into the sets of values they allow."""

from dataclasses import dataclass
from datetime import date, datetime

from cronsim import CronSim, CronSimError

NAMED_CRONS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ANY_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - cronsim asks for a naive local time; any will do to parse


@dataclass(frozen=True)
class Cron:
    """The minutes, hours, days, months (1 to 12) and weekdays (Sunday is 0) at which a cron fires.

    text: its five fields. either_day: both day fields are restricted, and a day need match but one (POSIX crontab).
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def has_day(self, day: date) -> bool:
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        wanted = by_month or by_week if self.either_day else by_month and by_week
        return wanted and day.month in self.months

    def has_minute(self, wall: datetime) -> bool:
        """Whether it fires in that minute of that local time."""
        return wall.minute in self.minutes and wall.hour in self.hours and self.has_day(wall.date())


def parse_cron(text: str) -> Cron:
    """A cron of five fields, of six with seconds 0 first, or by name (`@daily`); raises `ValueError` with the reason.

    Names, ranges, steps and lists are taken; cronsim's `L` and `#` are not: no rule of EventBridge could follow them.
    """
    five = _five_fields(text)
    try:
        read = CronSim(five, _ANY_DAY)
    except CronSimError as error:
        raise ValueError(f"cannot be used: {error}") from error
    if min(read.days) < 0 or not all(isinstance(day, int) for day in read.weekdays):
        raise ValueError("has 'L' or '#', which are not taken")
    weekdays = frozenset(day % 7 for day in read.weekdays if isinstance(day, int))
    minutes, hours, days, months = map(frozenset, (read.minutes, read.hours, read.days, read.months))
    return Cron(five, minutes, hours, days, months, weekdays, either_day=not read.day_and)


def _five_fields(text: str) -> str:
    if text.startswith("@"):
        if text not in NAMED_CRONS:
            raise ValueError(f"is none of {', '.join(NAMED_CRONS)} and @every")
        return NAMED_CRONS[text]
    fields = text.split()
    if len(fields) == 6 and fields[0] == "0":
        fields = fields[1:]
    if len(fields) != 5:
        raise ValueError("has not five fields (a sixth, of seconds, comes first and is 0)")
    return " ".join(fields)
