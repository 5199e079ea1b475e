"""JSON Schemas of direct executions."""

from typing import Any

from stepweave.api.compozy.answers.direct import WORDS
from stepweave.api.schemas.schema import COUNT, OBJECT, TEXT, TIME, URL, Schema, list_of, object_of, ref

_ENDS: dict[str, Schema] = {"output": OBJECT, "output_url": URL, "usage": list_of(ref("TokenUsage"))}
_LEFT_OUT = frozenset(_ENDS)

SCHEMAS: dict[str, Schema] = {
    "TokenUsage": object_of(
        {"model": TEXT, "prompt_tokens": COUNT, "completion_tokens": COUNT, "total_tokens": COUNT},
        "Tokens of a model that were used.",
    ),
    "DirectHandle": object_of({"exec_id": TEXT, "exec_url": TEXT}, "Where an execution is seen."),
    "DirectOutput": object_of({"exec_id": TEXT, **_ENDS}, "What came of an execution.", _LEFT_OUT),
    "DirectExecution": object_of(
        {
            "exec_id": TEXT,
            "status": {"enum": list(WORDS.values())},
            "component": {"enum": ["agent", "task"]},
            "agent_id": TEXT,
            "task_id": TEXT,
            "action_id": TEXT,
            "input": OBJECT,
            "error": object_of({"code": TEXT, "message": TEXT, "details": OBJECT}),
            "correlation_id": TEXT,
            "created_at": TIME,
            "updated_at": TIME,
            **_ENDS,
        },
        "An agent or a task that was executed by itself.",
        _LEFT_OUT | {"agent_id", "task_id", "action_id", "input", "error", "correlation_id"},
    ),
}


def with_bodies(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas with these, and with those of bodies."""
    from stepweave.api.compozy.payloads.direct import BODIES

    of_bodies = {body.__name__: body.model_json_schema() for body in BODIES.values()}
    return {**schemas, **SCHEMAS, **of_bodies}
