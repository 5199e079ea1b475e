"""Schedules as Compozy shows them: one of each workflow."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from starlette.responses import Response

from stepweave.api.compozy.envelope import envelope
from stepweave.api.compozy.words import STATUS
from stepweave.services.moments import text_of
from stepweave.services.named_workflows import name_of
from stepweave.services.workflow_schedules import OneSchedule

LISTED = 500


def schedule_json(found: OneSchedule) -> dict[str, Any]:
    """`yaml_config`: what the definition says, while the schedule is another."""
    schedule, next_run_at = found.shown.schedule, found.shown.next_run_at
    status = found.shown.last_status
    members = {
        "workflow_id": name_of(found.workflow),
        "schedule_id": schedule.id,
        "cron": schedule.written,
        "timezone": schedule.timetable.timezone,
        "enabled": schedule.enabled,
        "is_override": found.is_override,
        "yaml_config": found.block if found.is_override else None,
        "next_run_time": text_of(next_run_at.astimezone(UTC)) if next_run_at else None,
        "last_run_time": schedule.last.at if schedule.last else None,
        "last_run_status": STATUS[status] if status else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def one_schedule(found: OneSchedule, message: str) -> Response:
    return envelope(message, schedule_json(found))


def listed(rows: Sequence[OneSchedule]) -> Response:
    """The first 500 by workflow, and how many there are."""
    shown = [schedule_json(each) for each in rows[:LISTED]]
    return envelope("schedules retrieved", {"schedules": shown, "total": len(rows)})
