"""The schedules of a workflow as the workflow changes: that of its definition is made, changed and removed with it.

The timers of a new block are made before its definition stands, of a schedule that is disabled until then: whoever is
cut off anywhere is followed by reconcile, which brings the schedule in line with the definition that stands.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.duration import seconds_of
from stepweave.domain.schedule import Schedule
from stepweave.errors import Invalid, StepweaveError, Unavailable
from stepweave.services.idempotency import fingerprint
from stepweave.services.moments import text_of
from stepweave.services.schedule_records import write
from stepweave.services.schedules import (
    ChangeSchedule,
    CreateSchedule,
    Followed,
    SchedulePorts,
    change_schedule,
    create_schedule,
    drafted,
    keep,
    remove_schedule,
)
from stepweave.services.timetables import Written
from stepweave.services.workflow_changes import Changed

Definition = Mapping[str, Any]
_NOTHING = ""
"""What a schedule follows whose definition does not stand yet."""


def schedule_id_of(workflow_id: str) -> str:
    """The id of the schedule of a workflow's definition. -> `sched_01KA...` of `wf_01KA...`"""
    return f"sched_{workflow_id.removeprefix('wf_')}"


def reserve_timers(
    caller: Caller, workflow_id: str, definition: Definition, before: Definition | None, ports: SchedulePorts
) -> None:
    """Makes the timers of a definition that is about to stand (a `services.workflow_changes.Guard`).

    Raises `Conflict` (`timer_quota`) when no more fit; nothing of a new schedule is left then.
    """
    block = definition.get("schedule")
    if block is None and (before or {}).get("schedule") is None:
        return
    follows = Followed(schedule_id_of(workflow_id), fingerprint(block))
    existing = ports.schedules.get(follows.schedule_id)
    if existing is not None and existing.follows == follows.block:
        return
    if existing is not None:
        # Reconcile looks soon: at the schedule of a definition that never came to stand, or that nobody followed.
        write(existing, ports.schedules, ports.clock(), soon=True)
    if block is None:
        return
    try:
        wanted = drafted(caller, workflow_id, definition, request_of(block), ports, follows=follows)
    except Invalid:
        return  # such as a window that is over: who follows the definition tells it
    if existing is None:
        keep(replace(wanted, enabled=False, follows=_NOTHING), ports, takes_back=True)
    else:
        _make_room(replace(existing, timetable=wanted.timetable), ports)


def _make_room(schedule: Schedule, ports: SchedulePorts) -> None:
    """Only that there is no room is a reason not to change: reconcile brings the timers in line within minutes."""
    try:
        ports.timers.put(schedule)
    except Unavailable as error:
        ports.tell.fault("timers_delayed", error, schedule_id=schedule.id)


def follow_workflow(changed: Changed, ports: SchedulePorts) -> None:
    """Brings the schedules of a workflow in line with it (a `services.workflow_changes.ChangeSink`).

    What cannot be done now is told and does not undo the change: a schedule whose timers are missing is fired by
    reconcile.
    """
    try:
        _follow(changed, ports)
    except StepweaveError as error:
        ports.tell.fault("schedule_not_followed", error, workflow_id=changed.workflow.id)


def follow_current(workflow_id: str, ports: SchedulePorts) -> None:
    """Brings the schedule of a definition in line with the one that stands, which nobody did when it came to stand."""
    found = ports.workflows.get(workflow_id)
    if found is not None:
        follow_workflow(Changed(found.workflow, found.version, found.workflow), ports)


def _follow(changed: Changed, ports: SchedulePorts) -> None:
    workflow, before = changed.workflow, changed.before
    if changed.deleted:
        for schedule in ports.schedules.of(workflow.id):
            remove_schedule(schedule.id, ports)
        return
    if before is None or before.version != workflow.version or before == workflow:
        by = Caller(workflow.updated_by, "write")
        _follow_definition(by, workflow.id, changed.version.definition, ports, is_new=before is None)
    if before is not None and before.status != "active" and workflow.status == "active":
        _forget_the_past(workflow.id, ports)


def _follow_definition(
    caller: Caller, workflow_id: str, definition: Mapping[str, Any], ports: SchedulePorts, *, is_new: bool
) -> None:
    """A block that is what the schedule follows already leaves it with all that was changed through the API."""
    if definition.get("schedule") is None and is_new:
        return
    schedule_id = schedule_id_of(workflow_id)
    existing = ports.schedules.get(schedule_id)
    if existing is not None and existing.follows == fingerprint(definition.get("schedule")):
        return
    if existing is None and definition.get("schedule") is None:
        return
    # Of two changes at one moment the first may come here last: the definition that stands now is the one to follow.
    stands = ports.workflows.get(workflow_id)
    block = (stands.version.definition if stands else definition).get("schedule")
    follows = Followed(schedule_id, fingerprint(block))
    if block is None:
        if existing is not None:
            remove_schedule(existing.id, ports)
    elif existing is None:
        create_schedule(caller, workflow_id, request_of(block), ports, follows=follows)
    elif existing.follows != follows.block:
        change_schedule(existing.id, _change(request_of(block), follows), ports)


def _forget_the_past(workflow_id: str, ports: SchedulePorts) -> None:
    """What would have fired while the workflow was not active is not made up for."""
    now = ports.clock()
    for schedule in ports.schedules.of(workflow_id):
        write(replace(schedule, checked_until=text_of(now)), ports.schedules, now)


def request_of(block: Mapping[str, Any]) -> CreateSchedule:
    when = Written(
        cron_expression=block["cron"],
        timezone=block.get("timezone", "UTC"),
        start_at=block.get("start_at"),
        end_at=block.get("end_at"),
    )
    return CreateSchedule(
        when=when,
        input_data=block.get("input", {}),
        enabled=block.get("enabled", True),
        jitter_seconds=int(seconds_of(block.get("jitter") or 0)),
        overlap_policy=block.get("overlap_policy", "skip"),
    )


def _change(request: CreateSchedule, follows: Followed) -> ChangeSchedule:
    names = ("cron_expression", "timezone", "start_at", "end_at")
    members = {name: getattr(request, name) for name in ("input_data", "enabled", "jitter_seconds", "overlap_policy")}
    return ChangeSchedule(
        when={name: getattr(request.when, name) for name in names}, members={**members, "follows": follows.block}
    )
