"""Rehearsals as answered."""

from stepweave.api.schemas.schema import COUNT, TEXT, TIME, Schema, list_of, object_of, ref

SCHEMAS: dict[str, Schema] = {
    "TraceRow": object_of(
        {
            "at": TIME,
            "step_id": TEXT,
            "iteration": {"type": "string", "description": "Only inside a loop: positions, outermost first, as `0.3`."},
            "event": {"enum": ["attempt", "entered", "waiting", "completed", "failed", "skipped"]},
            "attempt": COUNT,
            "played_by": {"enum": ["mock", "itself", "assumption"], "description": "Of an attempt."},
            "config": {"type": "object", "description": "What an attempt would work by; secrets are their names."},
            "branch": TEXT,
            "until": TIME,
            "error": object_of({"code": TEXT, "message": TEXT}),
        },
        "Something that happened, in abstract time.",
        frozenset({"iteration", "attempt", "played_by", "config", "branch", "until", "error"}),
    ),
    "RehearsalAnswer": object_of(
        {
            "run": ref("Run"),
            "assumed": {
                "type": "array",
                "items": TEXT,
                "description": "Steps without a mock, whose output was made up: the shape of success, empty.",
            },
            "trace": list_of(ref("TraceRow")),
        }
    ),
}
