"""Reading a timetable from what a client wrote, every fault with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stepweave.domain.cron import parse_cron
from stepweave.domain.duration import seconds_of
from stepweave.domain.moment import is_moment
from stepweave.domain.schedule import Timetable
from stepweave.domain.zone import is_zone
from stepweave.errors import Fault, Invalid
from stepweave.services.moments import text_of

MAX_RATE = timedelta(days=365)
_EVERY = "@every "


@dataclass(frozen=True)
class Written:
    """As a client writes it: one of `cron_expression` (also `@daily`, `@every 15m`) and `rate` (`15 minutes`)."""

    cron_expression: str | None = None
    rate: str | None = None
    timezone: str = "UTC"
    start_at: str | None = None
    end_at: str | None = None

    @property
    def text(self) -> str:
        return self.cron_expression or f"{_EVERY}{self.rate}"


def read_timetable(written: Written, now: datetime, *, at: str = "") -> Timetable:
    """The timetable; rates count from `start_at`, else from now. Raises `Invalid`, with places below pointer `at`."""
    faults = list(_faults(written, at))
    if faults:
        raise Invalid(faults)
    start = _moment(written.start_at) if written.start_at else None
    end = _moment(written.end_at) if written.end_at else None
    every = _rate_of(written)
    timetable = Timetable(
        cron=None if every else parse_cron(written.cron_expression or "").text,
        every_minutes=every // 60 if every else None,
        anchor=text_of(start or now),
        timezone=written.timezone,
        start_at=text_of(start) if start else None,
        end_at=text_of(end) if end else None,
    )
    if timetable.next(now) is None:
        raise Invalid([Fault(_place_of_never(written, at), "The schedule would never fire.")])
    return timetable


def _place_of_never(written: Written, at: str) -> str:
    if written.end_at or written.start_at:
        return f"{at}/end_at" if written.end_at else f"{at}/start_at"
    return f"{at}/cron_expression"


def _faults(written: Written, at: str) -> Iterator[Fault]:
    if (written.cron_expression is None) == (written.rate is None):
        yield Fault(f"{at}/cron_expression", "Give either cron_expression or rate.")
    else:
        yield from _when(written, at)
    if not is_zone(written.timezone):
        yield Fault(
            f"{at}/timezone", f"There is no time zone '{written.timezone[:100]}'; write one like 'Europe/Berlin'."
        )
    moments = {name: getattr(written, name) for name in ("start_at", "end_at")}
    bad = [name for name, text in moments.items() if text is not None and not is_moment(text)]
    for name in bad:
        yield Fault(f"{at}/{name}", "Write ISO 8601 with an offset, as '2026-11-02T08:30:00Z'.")
    if written.start_at and written.end_at and not bad and _moment(written.start_at) >= _moment(written.end_at):
        yield Fault(f"{at}/end_at", "end_at must be after start_at.")


def _when(written: Written, at: str) -> Iterator[Fault]:
    place = f"{at}/cron_expression" if written.rate is None else f"{at}/rate"
    try:
        every = _rate_of(written)
        if every is None:
            parse_cron(written.cron_expression or "")
        elif every % 60 or not 60 <= every <= MAX_RATE.total_seconds():
            yield Fault(place, "A rate is of whole minutes, from one minute to 365 days.")
    except ValueError as error:
        is_rate = written.rate is not None or (written.cron_expression or "").startswith(_EVERY)
        yield Fault(place, f"{error}." if is_rate else f"It {error}; write five fields, for example '0 9 * * 1-5'.")


def _rate_of(written: Written) -> int | None:
    """Seconds between fires; None for a cron. Raises `ValueError`."""
    text = written.rate
    if text is None and (written.cron_expression or "").startswith(_EVERY):
        text = (written.cron_expression or "").removeprefix(_EVERY)
    if text is None:
        return None
    seconds = seconds_of(text)
    return int(seconds) if seconds == int(seconds) else -1


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
