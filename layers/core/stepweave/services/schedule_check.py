"""Looking after schedules: timers that are missing or stale, fires that nothing delivered, fires that still wait."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, takewhile

from stepweave.domain.schedule import Schedule
from stepweave.services.fires import FirePorts, fire, make_last_run, release_buffered
from stepweave.services.idempotency import fingerprint
from stepweave.services.moments import moment_of, text_of
from stepweave.services.schedule_records import GRACE, write

BATCH = 25
MADE_UP = 100
"""Fires that one check makes up for at most; the next goes on."""
_ENOUGH = timedelta(seconds=20)
"""What one schedule may need."""

Follow = Callable[[str], object]
"""Brings the schedule of a workflow's definition in line with the definition that stands."""


def check_schedules(ports: FirePorts, ends_at: datetime, follow: Follow) -> int:
    """How many schedules were looked at; returns in time for who is called until `ends_at`."""
    seen: set[str] = set()
    while ports.clock() + _ENOUGH < ends_at:
        due = [each for each in ports.schedules.due(text_of(ports.clock()), BATCH) if each.id not in seen]
        if not due:
            break
        for schedule in due:
            if ports.clock() + _ENOUGH >= ends_at:
                break
            seen.add(schedule.id)
            _try(schedule, ports, follow)
    return len(seen)


def _try(schedule: Schedule, ports: FirePorts, follow: Follow) -> None:
    """One that cannot be helped now is left for later, and blocks no other."""
    try:
        check_schedule(schedule, ports, follow)
    except Exception as error:
        ports.tell.fault("schedule_not_checked", error, schedule_id=schedule.id)
        found = ports.schedules.get(schedule.id)
        if found is not None:
            write(found, ports.schedules, ports.clock() + GRACE, soon=True)


def check_schedule(schedule: Schedule, ports: FirePorts, follow: Follow) -> None:
    """Puts right what is wrong with one schedule: its fires first, since they do not need its timers."""
    status = ports.workflows.status(schedule.workflow_id)
    if status is None:
        _remove(schedule, ports)
        return
    if schedule.source == "definition" and not _follows(schedule, ports):
        follow(schedule.workflow_id)
        found = ports.schedules.get(schedule.id)
        if found is None:
            return
        schedule = found
    make_last_run(schedule, ports)
    if schedule.buffered is not None:
        release_buffered(schedule.id, ports)
    missed = _missed(schedule, ports) if schedule.enabled and status == "active" else []
    for at in missed:
        found = ports.schedules.get(schedule.id)
        if found is not None:
            fire(found, at, ports)
    _pass(schedule.id, missed, ports)
    if not ports.timers.is_current(schedule):
        ports.timers.put(schedule)
        ports.tell("timers_repaired", schedule_id=schedule.id)


def _follows(schedule: Schedule, ports: FirePorts) -> bool:
    found = ports.workflows.get(schedule.workflow_id)
    return found is not None and fingerprint(found.version.definition.get("schedule")) == schedule.follows


def _missed(schedule: Schedule, ports: FirePorts) -> list[str]:
    """Fires that should have been delivered by now, and are not too old to be made up for."""
    now = ports.clock()
    oldest = now - timedelta(seconds=schedule.catch_up_seconds) - GRACE
    times = schedule.timetable.times(max(moment_of(schedule.checked_until), oldest))
    return [text_of(time) for time in islice(takewhile(lambda time: time <= now - GRACE, times), MADE_UP)]


def _remove(schedule: Schedule, ports: FirePorts) -> None:
    """Its workflow is deleted: who did that was cut off before it came to the schedules."""
    ports.timers.remove(schedule.id)
    ports.schedules.remove(schedule.id)
    ports.tell("schedule_removed", schedule_id=schedule.id, workflow_id=schedule.workflow_id)


def _pass(schedule_id: str, made_up: list[str], ports: FirePorts) -> None:
    """Sets the next check. Whoever has written the schedule meanwhile has set it."""
    schedule = ports.schedules.get(schedule_id)
    if schedule is None:
        return
    until = moment_of(made_up[-1]) if len(made_up) == MADE_UP else ports.clock() - GRACE
    if moment_of(schedule.checked_until) < until:
        schedule = replace(schedule, checked_until=text_of(until))
    write(schedule, ports.schedules, ports.clock())
