"""Fires: each scheduled time of a schedule becomes one run or none, however often, late or out of order it is told.

A claim fixes the id of a fire's run, for longer than any delivery takes, and `start` makes a run of that id once: so
whoever brings the same fire, and who backfills it meanwhile, makes the same run. The schedule's own item puts fires in
a row: the newest that became a run stands in it, written before the run is made and conditional on what was read.
Whoever comes next, with the same fire or a later one, first makes that run, should it be missing.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.run import ACTIVE_RUN, RunState
from stepweave.domain.schedule import Fire, Schedule, Skip
from stepweave.errors import Conflict, Invalid, NotFound, TooManyRequests, Unavailable
from stepweave.ids import NewId
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Claim, Clock, IdempotencyKeys, Runs, Schedules, Tell, Timers, Workflows
from stepweave.services.schedule_records import write

LATEST = timedelta(days=1)
"""How late a fire may be delivered: EventBridge tries for a day (EventBridge user guide, "Retry policy")."""
_REMEMBERED = timedelta(days=3)
_SKIPPED = "skipped"
_TRIES = 50
"""More than come at one moment: of those who write the item at once, one gets through each time."""


@dataclass(frozen=True)
class ScheduledStart:
    """What a fire asks for: a run of that id, so many seconds later."""

    run_id: str
    workflow_id: str
    input_data: Mapping[str, Any]
    labels: Mapping[str, str]
    delay_seconds: int


@dataclass(frozen=True)
class FirePorts:
    """`start` makes the run unless it exists; `cancel` cancels it unless it has ended."""

    schedules: Schedules
    timers: Timers
    workflows: Workflows
    runs: Runs
    keys: IdempotencyKeys
    start: Callable[[ScheduledStart], object]
    cancel: Callable[[str], object]
    new_id: NewId
    clock: Clock
    tell: Tell


@dataclass(frozen=True)
class Fired:
    """What has come of a fire: the id of its run, or the reason why there is none."""

    run_id: str | None
    reason: str | None = None


def deliver(schedule_id: str, moment: datetime, ports: FirePorts) -> Fired:
    """A timer says that it is that time: fires, if it is one of the schedule's."""
    schedule = ports.schedules.get(schedule_id)
    if schedule is None:
        ports.timers.remove(schedule_id)
        return Fired(None, "schedule_gone")
    at = moment.replace(second=0, microsecond=0)
    if ports.clock() - at > LATEST:
        return Fired(None, "too_late")
    if not schedule.enabled or not schedule.timetable.fires_at(at):
        return Fired(None, "no_fire_time")
    return fire(schedule, text_of(at), ports)


def fire(schedule: Schedule, at: str, ports: FirePorts) -> Fired:
    """Makes of a fire what its schedule wants. Raises `Unavailable` when others write the schedule all the time."""
    found: Schedule | None = schedule
    for _ in range(_TRIES):
        if found is None:
            return Fired(None, "schedule_gone")
        fired = _try(found, at, ports)
        if fired is not None:
            # A fire that waited for the last run to end is late by the schedule's own wish.
            lag = None if fired.run_id is None or schedule.buffered == at else _seconds_since(at, ports)
            told = {"run_id": fired.run_id, "reason": fired.reason, "lag_seconds": lag}
            ports.tell("schedule_fired", schedule_id=schedule.id, workflow_id=schedule.workflow_id, at=at, **told)
            return fired
        found = ports.schedules.get(schedule.id)
    raise Unavailable("The schedule")


def _seconds_since(at: str, ports: FirePorts) -> float:
    return max(0.0, round((ports.clock() - moment_of(at)).total_seconds(), 3))


def fire_now(schedule_id: str, ports: FirePorts) -> Fired:
    """A fire asked for by hand, under the schedule's own policy, also when it is disabled."""
    schedule = ports.schedules.get(schedule_id)
    if schedule is None:
        raise NotFound("schedule", schedule_id)
    return fire(schedule, text_of(ports.clock()), ports)


def begin_apart(schedule: Schedule, at: str, ports: FirePorts) -> str | None:
    """The run of a fire that is asked for out of turn: the one it has, else a new one, whatever else runs.

    None when the run is refused. A fire that was skipped gets its run here.
    """
    if schedule.last is not None and schedule.last.at == at:
        begun = schedule.last
    else:
        wanted = Claim(ports.new_id("run"), "")
        stands = _remember(schedule, at, wanted, ports)
        if stands == _SKIPPED:
            stands = _remember(schedule, f"{at} again", wanted, ports)
        begun = Fire(at, stands)
    return begun.run_id if _made(schedule, begun, ports) is None else None


def release_buffered(schedule_id: str, ports: FirePorts) -> None:
    """The last run has ended: the fire that waited for it goes on."""
    schedule = ports.schedules.get(schedule_id)
    if schedule is not None and schedule.buffered is not None:
        fire(schedule, schedule.buffered, ports)


def _try(schedule: Schedule, at: str, ports: FirePorts) -> Fired | None:
    """None when another has written the schedule meanwhile."""
    if schedule.last is not None and schedule.last.at == at:
        refusal = _made(schedule, schedule.last, ports)
        return Fired(schedule.last.run_id) if refusal is None else Fired(None, refusal)
    if (known := _known(schedule, at, ports)) is not None:
        return known if schedule.buffered != at or _write(replace(schedule, buffered=None), ports) else None
    if not _is_active(schedule, ports):
        return _skip(schedule, at, "workflow_not_active", ports)
    if schedule.last is None or not _overlaps(schedule, ports):
        return _begin(schedule, at, ports)
    return _overlap(schedule, schedule.last, at, ports)


def _known(schedule: Schedule, at: str, ports: FirePorts) -> Fired | None:
    """What has become of the fire; None also when it was cut off before its run was made: it goes on with that id."""
    if schedule.skipped is not None and schedule.skipped.at == at:
        return Fired(None, schedule.skipped.reason)
    claim = ports.keys.standing(*_key(schedule, at), ports.clock())
    if claim is None:
        return None
    if claim.resource_id == _SKIPPED:
        return Fired(None, claim.fingerprint or _SKIPPED)
    return Fired(claim.resource_id) if ports.runs.state(claim.resource_id) is not None else None


def _overlap(schedule: Schedule, last: Fire, at: str, ports: FirePorts) -> Fired | None:
    match schedule.overlap_policy:
        case "allow":
            return _begin(schedule, at, ports)
        case "cancel_other":
            with suppress(Conflict, NotFound):  # it has ended meanwhile
                ports.cancel(last.run_id)
            return _begin(schedule, at, ports)
        case "buffer_one" if schedule.buffered in (None, at):
            kept = _write(_checked(replace(schedule, buffered=at), at), ports)
            return Fired(None, "buffered") if kept else None
    return _skip(schedule, at, "last_run_active", ports)


def make_last_run(schedule: Schedule, ports: FirePorts) -> RunState | None:
    """The run of the last fire; one that was cut off before it was made is made now. One that was deleted stays so:
    its id is kept for longer than a fire may be late."""
    if schedule.last is None:
        return None
    state = ports.runs.state(schedule.last.run_id)
    if state is None and moment_of(schedule.last.at) > ports.clock() - LATEST:
        _made(schedule, schedule.last, ports)
        state = ports.runs.state(schedule.last.run_id)
    return state


def _overlaps(schedule: Schedule, ports: FirePorts) -> bool:
    """Whether the last run is still active."""
    state = make_last_run(schedule, ports)
    return state is not None and state.status in ACTIVE_RUN


def _begin(schedule: Schedule, at: str, ports: FirePorts) -> Fired | None:
    stands = _remember(schedule, at, Claim(ports.new_id("run"), ""), ports)
    if stands == _SKIPPED:
        return None
    begun = Fire(at, stands)
    buffered = None if schedule.buffered == at else schedule.buffered
    wanted = _checked(replace(schedule, last=begun, buffered=buffered), at)
    if not _write(wanted, ports):
        return None
    if (refusal := _made(schedule, begun, ports)) is None:
        return Fired(begun.run_id)
    # The item shows no run that is not there, and the next fire does not ask for this one again.
    _write(replace(wanted, last=schedule.last, skipped=Skip(at, refusal), rev=schedule.rev + 1), ports)
    return Fired(None, refusal)


def _made(schedule: Schedule, begun: Fire, ports: FirePorts) -> str | None:
    """Makes the run of a fire. One that can never start (its input, its workflow) is told: the code of its refusal."""
    labels = {"schedule_id": schedule.id, "scheduled_at": begun.at}
    delay = _jitter(schedule, begun.at)
    try:
        ports.start(ScheduledStart(begun.run_id, schedule.workflow_id, schedule.input_data, labels, delay))
    except (Conflict, Invalid, NotFound, TooManyRequests) as error:
        ports.tell.fault("scheduled_run_refused", error, schedule_id=schedule.id, at=begun.at)
        return error.code
    return None


def _skip(schedule: Schedule, at: str, reason: str, ports: FirePorts) -> Fired | None:
    """The item first: whoever was overtaken looks again, and finds perhaps that the fire may go on."""
    buffered = None if schedule.buffered == at else schedule.buffered
    if not _write(_checked(replace(schedule, skipped=Skip(at, reason), buffered=buffered), at), ports):
        return None
    _remember(schedule, at, Claim(_SKIPPED, reason), ports)
    return Fired(None, reason)


def _write(schedule: Schedule, ports: FirePorts) -> bool:
    return write(schedule, ports.schedules, ports.clock())


def _checked(schedule: Schedule, at: str) -> Schedule:
    """With the fire dealt with, if none before it is missing: those are left for reconcile to find."""
    following = schedule.timetable.next(moment_of(schedule.checked_until))
    return replace(schedule, checked_until=at) if following == moment_of(at) else schedule


def _remember(schedule: Schedule, at: str, wanted: Claim, ports: FirePorts) -> str:
    """What has become of a fire: the id of a run or `skipped`. The first to say so is right."""
    now = ports.clock()
    return ports.keys.claim(*_key(schedule, at), wanted, now, now + _REMEMBERED).resource_id


def _key(schedule: Schedule, at: str) -> tuple[str, str]:
    return f"fire/{schedule.id}", at


def _is_active(schedule: Schedule, ports: FirePorts) -> bool:
    return ports.workflows.status(schedule.workflow_id) == "active"


def _jitter(schedule: Schedule, at: str) -> int:
    """Seconds from 0 to the schedule's jitter, the same whenever they are asked for."""
    digest = hashlib.sha256(f"{schedule.id}{at}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (schedule.jitter_seconds + 1)
