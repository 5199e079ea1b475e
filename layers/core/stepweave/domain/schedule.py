"""A schedule: when a workflow runs by itself, on what input, and what a fire does while its last run still runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import dropwhile, takewhile
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from stepweave.domain.cron import parse_cron
from stepweave.domain.fire_times import LAST, fire_times, fires_at

OverlapPolicy = Literal["skip", "allow", "buffer_one", "cancel_other"]
OVERLAP_POLICIES: tuple[str, ...] = get_args(OverlapPolicy)
Source = Literal["api", "definition"]
MAX_INPUT_BYTES = 10_000
"""An event of a rule carries ids alone, but a schedule's item holds its input (the contract's limit)."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Timetable:
    """When a schedule fires: by a cron of local time, or every so many minutes counted from `anchor`.

    cron: as `domain.cron` reads it; None with a rate. timezone: of the IANA database. start_at, end_at: nothing fires
    before the first, nor at or after the second. Moments are ISO 8601 in UTC.
    """

    cron: str | None
    every_minutes: int | None
    anchor: str
    timezone: str = "UTC"
    start_at: str | None = None
    end_at: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def fires_at(self, moment: datetime) -> bool:
        """Whether it fires in the minute of that moment."""
        if not self._is_open(moment):
            return False
        if self.cron is not None:
            return fires_at(parse_cron(self.cron), self.zone, moment)
        return self._minutes_from_anchor(moment) % self._every == 0

    def times(self, after: datetime) -> Iterator[datetime]:
        """Its fire times after a moment, in order, in its zone."""
        first = after if self._has_begun(after) else self._start - _MINUTE
        times = fire_times(parse_cron(self.cron), self.zone, first) if self.cron is not None else self._rate(first)
        return takewhile(self._has_not_ended, dropwhile(lambda time: not self._has_begun(time), times))

    def next(self, after: datetime) -> datetime | None:
        return next(self.times(after), None)

    @property
    def _every(self) -> int:
        return self.every_minutes or 1

    def _rate(self, after: datetime) -> Iterator[datetime]:
        passed = self._minutes_from_anchor(after) // self._every
        fire = self._anchor + passed * self._every * _MINUTE
        while fire <= LAST:
            if fire > after:
                yield fire.astimezone(self.zone)
            fire += self._every * _MINUTE

    @property
    def _anchor(self) -> datetime:
        return datetime.fromisoformat(self.anchor).replace(second=0, microsecond=0)

    def _minutes_from_anchor(self, moment: datetime) -> int:
        return (moment - self._anchor) // _MINUTE

    def _is_open(self, moment: datetime) -> bool:
        return self._has_begun(moment) and self._has_not_ended(moment)

    @property
    def _start(self) -> datetime:
        return datetime.fromisoformat(self.start_at or self.anchor)

    def _has_begun(self, moment: datetime) -> bool:
        return self.start_at is None or moment >= self._start

    def _has_not_ended(self, moment: datetime) -> bool:
        return self.end_at is None or moment < datetime.fromisoformat(self.end_at)


@dataclass(frozen=True)
class Fire:
    """A fire that became a run. The id is fixed here before the run is made, so that it is made once."""

    at: str
    run_id: str


@dataclass(frozen=True)
class Skip:
    """A fire that became none; `reason` is a stable code."""

    at: str
    reason: str


@dataclass(frozen=True)
class Schedule:
    """`rev` grows with every write. source: made through the API, or from the definition's own `schedule` block.

    follows: a digest of that block. written: the cron or rate as the client wrote it. jitter_seconds: a run starts up
    to so much later than its fire. catch_up_seconds: a fire that nothing delivered is made up for within so much; 0
    never. checked_until: fires up to then are dealt with. last: the newest fire that became a run. skipped: the newest
    that became none. buffered: the fire that waits for the last run to end (`buffer_one`).
    """

    id: str
    workflow_id: str
    timetable: Timetable
    written: str
    created_at: str
    updated_at: str
    created_by: str
    checked_until: str
    input_data: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    jitter_seconds: int = 0
    overlap_policy: OverlapPolicy = "skip"
    catch_up_seconds: int = 3600
    source: Source = "api"
    follows: str = ""
    last: Fire | None = None
    skipped: Skip | None = None
    buffered: str | None = None
    rev: int = 1

    def next_run_at(self, after: datetime) -> datetime | None:
        """Its next fire; None when it is disabled or its window is over."""
        return self.timetable.next(after) if self.enabled else None
