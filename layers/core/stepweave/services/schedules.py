"""Schedules: create, read, change, delete; when they fire next."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.schedule import MAX_INPUT_BYTES, OverlapPolicy, Schedule, Timetable
from stepweave.errors import Conflict, Fault, Invalid, NotFound, PreconditionFailed, Unavailable
from stepweave.ids import NewId
from stepweave.services.listing import ListQuery
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Page, Runs, Schedules, Tell, Timers, Workflows
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.schedule_records import create, write
from stepweave.services.timetables import Written, read_timetable
from stepweave.services.workflows import current

_TRIES = 5
"""Of a change: several others at one moment are a fire and perhaps a check of it."""
CheckInput = Callable[[Mapping[str, Any], Mapping[str, Any]], object]
"""Of a definition and an input: raises `Invalid` when the one does not take the other."""


@dataclass(frozen=True)
class CreateSchedule:
    when: Written
    input_data: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    jitter_seconds: int = 0
    overlap_policy: OverlapPolicy = "skip"
    catch_up_seconds: int = 3600


@dataclass(frozen=True)
class Followed:
    """The block of a definition that a schedule follows: the id that it gives it, and its digest."""

    schedule_id: str
    block: str


@dataclass(frozen=True)
class ChangeSchedule:
    """The members that were sent: `when` those of a timetable (see `Written`), `members` the others of a schedule."""

    when: Mapping[str, str | None] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)
    if_match: IfMatch = ANY


@dataclass(frozen=True)
class SchedulePorts:
    workflows: Workflows
    schedules: Schedules
    timers: Timers
    runs: Runs
    check_input: CheckInput
    new_id: NewId
    clock: Clock
    tell: Tell


@dataclass(frozen=True)
class Shown:
    """A schedule as it is now. `last_status`: of its last run; None before the first, or when that run is deleted."""

    schedule: Schedule
    next_run_at: datetime | None
    last_status: str | None


def create_schedule(
    caller: Caller, ref: str, request: CreateSchedule, ports: SchedulePorts, *, follows: Followed | None = None
) -> Schedule:
    """The new schedule, stored and with its timers. Raises `Invalid`, `NotFound`, or `Conflict` when no timer is left.

    The record goes first, to be looked at soon: should this be cut off, reconcile makes the timers. A schedule whose
    timers cannot be made is taken back before the error is told; but one of a definition, which stands, stays, and is
    fired by reconcile until it has its timers.
    """
    found = current(ref, ports.workflows)
    schedule = drafted(caller, found.workflow.id, found.version.definition, request, ports, follows=follows)
    keep(schedule, ports, takes_back=follows is None)
    return schedule


def drafted(
    caller: Caller,
    workflow_id: str,
    definition: Mapping[str, Any],
    request: CreateSchedule,
    ports: SchedulePorts,
    *,
    follows: Followed | None = None,
) -> Schedule:
    """The schedule that a request asks for, not yet stored. Raises `Invalid`."""
    now = ports.clock()
    timetable = read_timetable(request.when, now)
    _check_input(request.input_data, definition, ports)
    return Schedule(
        id=follows.schedule_id if follows else ports.new_id("sched"),
        workflow_id=workflow_id,
        timetable=timetable,
        written=request.when.text,
        created_at=text_of(now),
        updated_at=text_of(now),
        created_by=caller.key_id,
        checked_until=text_of(now),
        input_data=dict(request.input_data),
        enabled=request.enabled,
        jitter_seconds=request.jitter_seconds,
        overlap_policy=request.overlap_policy,
        catch_up_seconds=request.catch_up_seconds,
        source="definition" if follows else "api",
        follows=follows.block if follows else "",
    )


def keep(schedule: Schedule, ports: SchedulePorts, *, takes_back: bool) -> None:
    """Stores a schedule and makes its timers; without them it stays only if it is not taken back."""
    create(schedule, ports.schedules, ports.clock())
    try:
        ports.timers.put(schedule)
    except Exception:
        if takes_back:
            remove_schedule(schedule.id, ports)
        raise


def get_schedule(schedule_id: str, ports: SchedulePorts) -> Shown:
    return shown(_existing(schedule_id, ports), ports)


def list_schedules(ref: str, query: ListQuery, ports: SchedulePorts) -> Page[Shown]:
    """The next to fire first."""
    workflow_id = current(ref, ports.workflows).workflow.id
    page = ports.schedules.page(workflow_id, limit=query.limit, offset=query.offset, cursor=query.cursor)
    return Page([shown(schedule, ports) for schedule in page.rows], page.total, page.next_cursor)


def change_schedule(schedule_id: str, change: ChangeSchedule, ports: SchedulePorts) -> Shown:
    """The schedule as it is after the change. What has not fired by now fires by the new timetable alone.

    A fire writes the schedule too, so that a change that comes upon one is made again on what the fire has left.
    """
    schedule, changed = _written(schedule_id, change, ports)
    try:
        ports.timers.put(changed)
    except Conflict:
        write(replace(schedule, rev=schedule.rev + 1), ports.schedules, ports.clock(), soon=True)
        raise
    except Exception as error:
        # Its record is the truth: reconcile brings the timers in line within minutes.
        ports.tell.fault("timers_delayed", error, schedule_id=schedule.id)
    return get_schedule(schedule_id, ports)


def _written(schedule_id: str, change: ChangeSchedule, ports: SchedulePorts) -> tuple[Schedule, Schedule]:
    """The schedule before and after the change."""
    for _ in range(_TRIES):
        schedule = _existing(schedule_id, ports)
        if change.if_match.etags is not None and etag_of(schedule) not in change.if_match.etags:
            raise PreconditionFailed(etag_of(schedule))
        changed = _changed(schedule, change, ports)
        if write(changed, ports.schedules, ports.clock(), soon=True):
            return schedule, changed
    raise Conflict("The schedule was changed at the same moment; read it, then try again.", code="schedule_changed")


def etag_of(schedule: Schedule) -> str:
    """A strong validator; every fire makes another."""
    return f'"{schedule.id}-{schedule.rev}"'


def delete_schedule(schedule_id: str, ports: SchedulePorts) -> None:
    """The timers go first: cut off here, the schedule is still there, and can be deleted again."""
    _existing(schedule_id, ports)
    remove_schedule(schedule_id, ports)


def remove_schedule(schedule_id: str, ports: SchedulePorts) -> None:
    with suppress(Unavailable):  # a timer without a schedule removes itself when it fires
        ports.timers.remove(schedule_id)
    ports.schedules.remove(schedule_id)


def next_times(schedule_id: str, count: int, ports: SchedulePorts) -> list[str]:
    """Its next fire times with the offsets of its zone, also of a disabled schedule."""
    schedule = _existing(schedule_id, ports)
    return [time.isoformat() for time in islice(schedule.timetable.times(ports.clock()), count)]


def _changed(schedule: Schedule, change: ChangeSchedule, ports: SchedulePorts) -> Schedule:
    now = ports.clock()
    members = dict(change.members)
    if "input_data" in members:
        _check_input(members["input_data"], current(schedule.workflow_id, ports.workflows).version.definition, ports)
    if change.when:
        written = _rewritten(schedule, change.when)
        members |= {"timetable": _counting_on(schedule, read_timetable(written, now)), "written": written.text}
    if change.when or not members.get("enabled", True):
        members["buffered"] = None  # it waits by the timetable that was
    return replace(schedule, **members, updated_at=text_of(now), checked_until=text_of(now))


def written(schedule: Schedule) -> Written:
    """The timetable of a schedule as a client writes it."""
    timetable, text = schedule.timetable, schedule.written
    is_rate = timetable.every_minutes is not None
    return Written(
        cron_expression=None if is_rate else text,
        rate=text.removeprefix("@every ") if is_rate else None,
        timezone=timetable.timezone,
        start_at=timetable.start_at,
        end_at=timetable.end_at,
    )


def _rewritten(schedule: Schedule, sent: Mapping[str, str | None]) -> Written:
    """A cron takes the place of a rate, and the other way round."""
    other = {"cron_expression": "rate", "rate": "cron_expression"}
    cleared = {other[name]: None for name in sent if name in other}
    return replace(written(schedule), **{**cleared, **sent})  # type: ignore[arg-type]  # members of Written by name


def _counting_on(schedule: Schedule, timetable: Timetable) -> Timetable:
    """A rate that stays what it was counts on from where it did."""
    was = schedule.timetable
    same = (was.every_minutes, was.start_at) == (timetable.every_minutes, timetable.start_at)
    return replace(timetable, anchor=was.anchor) if same else timetable


def _check_input(input_data: Mapping[str, Any], definition: Mapping[str, Any], ports: SchedulePorts) -> None:
    size = len(json.dumps(input_data, ensure_ascii=False).encode(errors="replace"))
    if size > MAX_INPUT_BYTES:
        raise Invalid([Fault("/input_data", f"It has {size:,} bytes of JSON; the limit is {MAX_INPUT_BYTES:,}.")])
    ports.check_input(definition, input_data)


def _existing(schedule_id: str, ports: SchedulePorts) -> Schedule:
    schedule = ports.schedules.get(schedule_id)
    if schedule is None:
        raise NotFound("schedule", schedule_id)
    return schedule


def shown(schedule: Schedule, ports: SchedulePorts) -> Shown:
    state = ports.runs.state(schedule.last.run_id) if schedule.last else None
    return Shown(schedule, schedule.next_run_at(ports.clock()), state.status if state else None)
