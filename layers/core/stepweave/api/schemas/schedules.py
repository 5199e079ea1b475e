"""Schedules as the contract shows them."""

from stepweave.api.schemas.schema import (
    COUNT,
    OBJECT,
    OPTIONAL_TEXT,
    OPTIONAL_TIME,
    TEXT,
    TIME,
    Schema,
    list_of,
    object_of,
    page_of,
)
from stepweave.domain.schedule import OVERLAP_POLICIES

_SKIPPED: Schema = {
    "anyOf": [object_of({"at": TIME, "reason": TEXT}, "The newest fire that became no run, and why."), {"type": "null"}]
}

SCHEMAS: dict[str, Schema] = {
    "WorkflowSchedule": object_of(
        {
            "id": TEXT,
            "workflow_id": TEXT,
            "cron_expression": {"type": ["string", "null"], "description": "Null where there is a rate."},
            "rate": {"type": ["string", "null"], "description": "Null where there is a cron."},
            "timezone": TEXT,
            "input_data": OBJECT,
            "enabled": {"type": "boolean"},
            "start_at": OPTIONAL_TIME,
            "end_at": OPTIONAL_TIME,
            "jitter": {**COUNT, "description": "Seconds."},
            "overlap_policy": {"enum": list(OVERLAP_POLICIES)},
            "catch_up": {**COUNT, "description": "Seconds."},
            "source": {"enum": ["api", "definition"], "description": "Where it comes from."},
            "created_at": TIME,
            "updated_at": TIME,
            "created_by": {"type": "string", "description": "Id of a key."},
            "last_run_id": OPTIONAL_TEXT,
            "last_fired_at": OPTIONAL_TIME,
            "last_status": {"type": ["string", "null"], "description": "What has become of that run."},
            "last_skipped": _SKIPPED,
            "next_run_at": OPTIONAL_TIME,
        }
    ),
    "SchedulePage": page_of("schedules", "WorkflowSchedule"),
    "CreatedSchedule": object_of({"schedule_id": TEXT}),
    "FireTimes": object_of({"times": list_of({"type": "string", "format": "date-time"})}),
    "Fired": object_of(
        {"run_id": OPTIONAL_TEXT, "reason": {"type": ["string", "null"], "description": "Why there is no run."}}
    ),
    "Backfilled": object_of({"run_ids": list_of(TEXT), "next_from": OPTIONAL_TIME}),
}
