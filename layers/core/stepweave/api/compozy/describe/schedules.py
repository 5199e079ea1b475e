"""Operations on schedules."""

from stepweave.api.compozy.describe.operation import BODY, KEY, operation

_SCHEDULE = {
    "workflow_id": "greeting",
    "schedule_id": "sched_01KAFZ7D2N8R4P6T0V1W3X5Y7Z",
    "cron": "0 9 * * 1-5",
    "timezone": "Europe/Berlin",
    "enabled": False,
    "is_override": True,
    "yaml_config": {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"},
    "last_run_time": "2026-11-02T08:00:00.000Z",
    "last_run_status": "SUCCESS",
}
LIST = operation(
    "List schedules", 200, "schedules retrieved", "Schedules", {"schedules": [_SCHEDULE], "total": 1}, errors=KEY
)
GET = operation("Get a workflow's schedule", 200, "schedule retrieved", "Schedule", _SCHEDULE, errors=(*KEY, 404))
UPDATE = operation(
    "Update a workflow's schedule",
    200,
    "schedule updated",
    "Schedule",
    _SCHEDULE,
    errors=(*KEY, *BODY, 404, 409),
    body=("UpdateScheduleBody", True, {"enabled": False}),
)
DELETE = operation("Delete a workflow's schedule", 204, "", errors=(*KEY, 404))
