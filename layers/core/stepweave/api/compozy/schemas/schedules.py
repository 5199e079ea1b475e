"""JSON Schemas of schedules."""

from stepweave.api.compozy.words import RUN_STATUSES
from stepweave.api.schemas.schema import COUNT, OBJECT, TEXT, TIME, Schema, list_of, object_of, ref

_FLAG: Schema = {"type": "boolean"}

SCHEMAS: dict[str, Schema] = {
    "Schedule": object_of(
        {
            "workflow_id": TEXT,
            "schedule_id": TEXT,
            "cron": TEXT,
            "timezone": TEXT,
            "enabled": _FLAG,
            "is_override": _FLAG,
            "yaml_config": OBJECT | {"description": "What the definition says, while the schedule is another."},
            "next_run_time": TIME,
            "last_run_time": TIME,
            "last_run_status": {"enum": list(RUN_STATUSES)},
        },
        optional=frozenset({"yaml_config", "next_run_time", "last_run_time", "last_run_status"}),
    ),
    "Schedules": object_of({"schedules": list_of(ref("Schedule")), "total": COUNT}),
}
