"""Operations of Syntropic137's surface."""

from typing import Any

from stepweave.api.schemas.schema import COUNT, OPTIONAL_TEXT, TEXT, Schema, list_of, object_of, ref

_STARTED = {
    "execution_id": "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE",
    "workflow_id": "research",
    "status": "started",
    "message": "Workflow execution started",
}
_EXECUTION = {
    "execution_id": "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE",
    "workflow_id": "research",
    "status": "running",
    "current_phase": "summarise",
    "completed_phases": 1,
    "total_phases": 2,
    "started_at": "2026-11-02T14:00:05.180Z",
    "completed_at": None,
    "error": None,
}
_STATUSES = ["pending", "running", "paused", "completed", "failed", "cancelled"]
_DETAIL = {
    "detail": [{"loc": ["body", "inputs", "n"], "msg": "Input should be a valid string.", "type": "value_error"}]
}

SCHEMAS: dict[str, Schema] = {
    "StartedExecution": object_of(dict.fromkeys(_STARTED, TEXT)),
    "Execution": object_of(
        {
            "execution_id": TEXT,
            "workflow_id": TEXT,
            "status": {"type": "string", "enum": _STATUSES},
            "current_phase": OPTIONAL_TEXT,
            "completed_phases": COUNT,
            "total_phases": COUNT,
            "started_at": OPTIONAL_TEXT,
            "completed_at": OPTIONAL_TEXT,
            "error": OPTIONAL_TEXT,
        }
    ),
    "Executions": list_of(ref("Execution")),
    "Detail": object_of({"detail": TEXT}),
    "ValidationDetail": object_of(
        {"detail": list_of(object_of({"loc": list_of(TEXT), "msg": TEXT, "type": TEXT}))},
    ),
}


def _described(summary: str, schema: str, example: Any, *refusals: int) -> dict[str, Any]:
    success = {"description": "Done.", "content": {"application/json": {"schema": ref(schema), "example": example}}}
    wrong = {
        "description": "What is wrong with the request, and where.",
        "content": {"application/json": {"schema": ref("ValidationDetail"), "example": _DETAIL}},
    }
    said = {each: _refusal(*_REFUSALS[each]) for each in refusals}
    other = _refusal("Any other error, in the same form.", "Something failed on our side.")
    return {"summary": summary, "responses": {200: success, **said, 422: wrong, "default": other}}


def _refusal(description: str, detail: str) -> dict[str, Any]:
    media = {"schema": ref("Detail"), "example": {"detail": detail}}
    return {"description": description, "content": {"application/json": media}}


_REFUSALS = {
    401: ("No key, or not a valid one.", "Send your key: 'Authorization: Bearer sw_...'."),
    403: ("The key's role does not allow this.", "This request needs a key with the role 'write'; yours has 'read'."),
    404: ("There is nothing of that id.", "There is no workflow 'research'."),
    409: ("The state of things does not allow this.", "Workflow 'research' is paused and starts nothing."),
    413: ("The body is over 1 MB.", "The body is over the limit of 1048576 bytes."),
    429: ("There are too many of these at once.", "As many runs are under way as the definition allows."),
}

EXECUTE = _described("Execute a workflow", "StartedExecution", _STARTED, 401, 403, 404, 409, 413, 429)
EXECUTE["openapi_extra"] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": ref("ExecuteBody"),
                "example": {"inputs": {"topic": "owls"}, "task": "Write a page about owls"},
            }
        },
    }
}
GET_EXECUTION = _described("Get an execution's status", "Execution", _EXECUTION, 401, 403, 404)
LIST_ACTIVE = _described("List active executions", "Executions", [_EXECUTION], 401, 403)
