"""Backfill: the fires of a stretch of time, each made a run of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from stepweave.domain.schedule import Schedule
from stepweave.errors import Fault, Invalid, NotFound
from stepweave.services.fires import FirePorts, begin_apart
from stepweave.services.moments import text_of

MAX_TIMES = 200
"""Runs that one request starts at most; the answer says where to go on."""


FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Backfilled:
    """The runs, and the first fire time that was left for another request."""

    run_ids: list[str]
    next_from: str | None


def backfill(schedule_id: str, since: datetime, until: datetime, limit: int, ports: FirePorts) -> Backfilled:
    """A run for each fire time from `since` to `until`, both included, without regard to overlap: the workflow's own
    limit of concurrent runs holds. A time that has fired within the last days is not started again."""
    schedule = ports.schedules.get(schedule_id)
    if schedule is None:
        raise NotFound("schedule", schedule_id)
    if faults := list(_faults(since, until, ports.clock())):
        raise Invalid(faults)
    times = list(islice(_times(schedule, since, until), limit + 1))
    runs = [begin_apart(schedule, text_of(time), ports) for time in times[:limit]]
    following = text_of(times[limit]) if len(times) > limit else None
    return Backfilled([run_id for run_id in runs if run_id], following)


def _faults(since: datetime, until: datetime, now: datetime) -> Iterator[Fault]:
    """What is still to come fires by itself: a run of it now would be forgotten by then, and made again."""
    if since < FIRST:
        yield Fault("/from", f"from must not be before {FIRST:%Y-%m-%d}.")
    if until < since:
        yield Fault("/to", "to must not be before from.")
    if until > now:
        yield Fault("/to", "to must not lie in the future: those times fire by themselves.")


def _times(schedule: Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    return takewhile(lambda time: time <= until, schedule.timetable.times(since - timedelta(milliseconds=1)))
