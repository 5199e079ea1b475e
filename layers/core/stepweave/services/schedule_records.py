"""Writing a schedule's record: with it goes when the schedule fires next, and when reconcile looks at it."""

from datetime import datetime, timedelta

from stepweave.domain.schedule import Schedule
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Schedules

GRACE = timedelta(minutes=5)
"""How late a fire is before reconcile asks why."""
SOON = timedelta(minutes=1)
LONGEST = timedelta(days=1)
"""Each schedule is looked at once a day: its timers may have been changed by hand, its zone by its government."""


def create(schedule: Schedule, schedules: Schedules, now: datetime) -> bool:
    """False when there is one of that id. Its timers are not made yet, so reconcile looks soon."""
    return schedules.create(schedule, next_run_at=_next(schedule, now), check_after=text_of(now + SOON))


def write(schedule: Schedule, schedules: Schedules, now: datetime, *, soon: bool = False) -> bool:
    """False when another has written it meanwhile. `soon`: something about it is not finished."""
    overdue = schedule.next_run_at(moment_of(schedule.checked_until))
    check = min(overdue + GRACE, now + LONGEST) if overdue else now + LONGEST
    if soon or schedule.buffered:
        check = min(check, now + SOON)
    return schedules.put(schedule, next_run_at=_next(schedule, now), check_after=text_of(max(check, now + SOON)))


def _next(schedule: Schedule, now: datetime) -> str | None:
    following = schedule.next_run_at(now)
    return text_of(following) if following else None
