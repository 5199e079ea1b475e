"""Operations on schedules."""

from stepweave.api.describe.operation import BODY, KEY, WORKFLOW_ID, Described, operation

_ID = "sched_01KAFZ7D2N8R4P6T0V1W3X5Y7Z"
_RUN_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"
_WRITTEN: Described = {
    "cron_expression": "0 9 * * 1-5",
    "timezone": "America/New_York",
    "input_data": {"dataset": "daily"},
}
_SCHEDULE: Described = {
    "id": _ID,
    "workflow_id": WORKFLOW_ID,
    **_WRITTEN,
    "rate": None,
    "enabled": True,
    "start_at": None,
    "end_at": None,
    "jitter": 0,
    "overlap_policy": "skip",
    "catch_up": 3600,
    "source": "api",
    "created_at": "2026-11-02T14:00:00.000Z",
    "updated_at": "2026-11-02T14:00:00.000Z",
    "created_by": "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV",
    "last_run_id": _RUN_ID,
    "last_fired_at": "2026-11-03T14:00:00.000Z",
    "last_status": "completed",
    "last_skipped": None,
    "next_run_at": "2026-11-04T14:00:00.000Z",
}

LIST_SCHEDULES = operation(
    "List schedules of a workflow",
    200,
    "One page.",
    "SchedulePage",
    {"schedules": [_SCHEDULE], "total": 1, "next_cursor": None},
    problems=(*KEY, 404, 422),
)
CREATE_SCHEDULE = operation(
    "Create a schedule",
    201,
    "Stored, and its timers are set.",
    "CreatedSchedule",
    {"schedule_id": _ID},
    problems=(*KEY, *BODY, 404, 409),
    headers=("Location",),
    body=("CreateScheduleBody", True, _WRITTEN),
)
GET_SCHEDULE = operation(
    "Get a schedule", 200, "The schedule.", "WorkflowSchedule", _SCHEDULE, problems=(*KEY, 404), headers=("ETag",)
)
CHANGE_SCHEDULE = operation(
    "Change a schedule",
    200,
    "The schedule as it is now.",
    "WorkflowSchedule",
    _SCHEDULE,
    problems=(*KEY, *BODY, 404, 409, 412),
    headers=("ETag",),
    body=("ChangeScheduleBody", False, {"enabled": False}),
)
DELETE_SCHEDULE = operation("Delete a schedule", 204, "It is gone.", problems=(*KEY, 404))
NEXT_TIMES = operation(
    "Show when a schedule fires next",
    200,
    "Its fire times.",
    "FireTimes",
    {"times": ["2026-11-02T09:00:00-05:00", "2026-11-03T09:00:00-05:00"]},
    problems=(*KEY, 404, 422),
)
FIRE_SCHEDULE = operation(
    "Fire a schedule now",
    202,
    "Its run was accepted.",
    "Fired",
    {"run_id": _RUN_ID, "reason": None},
    problems=(*KEY, 404),
    headers=("Location",),
)
FIRE_SCHEDULE["responses"][200] = operation(
    "", 200, "Its policy made no run of it.", "Fired", {"run_id": None, "reason": "last_run_active"}
)["responses"][200]
BACKFILL = operation(
    "Start the runs of a stretch of time",
    202,
    "Accepted; `next_from` says where another request goes on.",
    "Backfilled",
    {"run_ids": [_RUN_ID], "next_from": None},
    problems=(*KEY, *BODY, 404),
    body=("BackfillBody", True, {"from": "2026-11-01T00:00:00Z", "to": "2026-11-03T00:00:00Z", "limit": 100}),
)
