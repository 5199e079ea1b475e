"""The schedules of a workflow as the workflow changes: that of its definition is made, changed and removed with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.duration import seconds_of
from stepweave.errors import StepweaveError
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
    remove_schedule,
)
from stepweave.services.timetables import Written
from stepweave.services.workflow_changes import Changed


def schedule_id_of(workflow_id: str) -> str:
    """The id of the schedule of a workflow's definition. -> `sched_01KA...` of `wf_01KA...`"""
    return f"sched_{workflow_id.removeprefix('wf_')}"


def follow_workflow(changed: Changed, ports: SchedulePorts) -> None:
    """Brings the schedules of a workflow in line with it (a `services.workflow_changes.ChangeSink`).

    What cannot be done now is told and does not undo the change: a schedule whose timers are missing is fired by
    reconcile.
    """
    try:
        _follow(changed, ports)
    except StepweaveError as error:
        ports.tell.fault("schedule_not_followed", error, workflow_id=changed.workflow.id)


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
