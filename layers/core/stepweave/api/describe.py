"""What the OpenAPI document says of each operation: summary, answers, errors and examples."""

from typing import Any

from stepweave.api.bodies import MAX_BODY_BYTES, malformed
from stepweave.api.payloads import UNKNOWN_MEMBER
from stepweave.api.problems import MEDIA_TYPE, problem_body
from stepweave.api.schemas import ref
from stepweave.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    PayloadTooLarge,
    StepweaveError,
    Unauthenticated,
)

Described = dict[str, Any]

EXAMPLE_DEFINITION: Described = {
    "name": "Fetch and notify",
    "steps": [
        {
            "id": "fetch",
            "type": "http_request",
            "config": {"method": "GET", "url": "https://api.example.com/data"},
        },
        {
            "id": "notify",
            "type": "webhook",
            "config": {"url": "https://example.com/sink", "payload": "{{ steps.fetch.output.body }}"},
            "depends_on": ["fetch"],
        },
    ],
}
_ROW: Described = {
    "id": "wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN",
    "slug": None,
    "name": "Fetch and notify",
    "description": None,
    "version": 1,
    "status": "active",
    "trigger_type": "manual",
    "tags": ["notifications"],
    "created_at": "2026-11-02T14:00:00.000Z",
    "updated_at": "2026-11-02T14:00:00.000Z",
    "created_by": "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV",
    "updated_by": "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV",
}
_WORKFLOW = _ROW | {"definition": EXAMPLE_DEFINITION}
_RUN_ROW: Described = {
    "id": "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE",
    "workflow_id": _ROW["id"],
    "workflow_version": 1,
    "status": "completed",
    "trigger": "manual",
    "input_data": {"dataset_id": "ds_123"},
    "output": {"fetch": {"output": {"status_code": 200, "headers": {}, "body": {"rows": 3}}}},
    "error": None,
    "labels": {},
    "created_at": "2026-11-02T14:00:05.120Z",
    "started_at": "2026-11-02T14:00:05.180Z",
    "completed_at": "2026-11-02T14:00:06.420Z",
    "duration_seconds": 1,
    "duration_ms": 1240,
}
_STEP_RUN: Described = {
    "step_id": "fetch",
    "status": "completed",
    "output": {"status_code": 200, "headers": {}, "body": {"rows": 3}},
    "error": None,
    "attempt": 1,
    "started_at": "2026-11-02T14:00:05.400Z",
    "completed_at": "2026-11-02T14:00:06.100Z",
    "duration_seconds": 0,
    "duration_ms": 700,
}

_AT_ROW = f"/api/workflows/{_ROW['id']}"
_PROBLEMS: dict[int, tuple[str, StepweaveError]] = {
    400: ("The body is not JSON, or nested too deeply.", malformed("Expecting value at line 1, column 16")),
    401: ("No key, or not a valid one.", Unauthenticated("Send your key: 'Authorization: Bearer sw_...'.")),
    403: ("The key's role does not allow this.", Forbidden("write", "read")),
    404: ("There is nothing of that id.", NotFound("workflow", str(_ROW["id"]))),
    409: (
        "The state of things does not allow this.",
        Conflict(
            f"Workflow '{_ROW['id']}' is paused and starts nothing; set its status to 'active' first.",
            code="workflow_not_runnable",
        ),
    ),
    413: ("The body is over 1 MB.", PayloadTooLarge(MAX_BODY_BYTES)),
    422: ("Invalid values or unknown members; `errors` names each place.", Invalid([Fault("/colour", UNKNOWN_MEMBER)])),
}


def _problem(description: str, error: StepweaveError | None = None) -> Described:
    content: Described = {"schema": ref("Problem")}
    if error:
        content["example"] = problem_body(error, _AT_ROW)
    return {"description": description, "content": {MEDIA_TYPE: content}}


def _operation(
    summary: str,
    status: int,
    description: str,
    schema: str,
    example: Described,
    *,
    problems: tuple[int, ...] = (),
    headers: tuple[str, ...] = (),
    body: tuple[str, bool, Described] | None = None,
) -> Described:
    """Arguments of a route decorator. `body`: schema, whether it is required, example."""
    success: Described = {
        "description": description,
        "content": {"application/json": {"schema": ref(schema), "example": example}},
    }
    if headers:
        success["headers"] = {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in headers}
    refusals = {each: _problem(*_PROBLEMS[each]) for each in problems}
    other = _problem("Any other error, in the same form.")
    described: Described = {
        "summary": summary,
        "status_code": status,
        "responses": {status: success, **refusals, "default": other},
    }
    if body:
        media = {"application/json": {"schema": ref(body[0]), "example": body[2]}}
        described["openapi_extra"] = {"requestBody": {"required": body[1], "content": media}}
    return described


_HEADERS = {"Location": "Path of what was made.", "ETag": "Validator of this state of the workflow."}
_KEY = (401, 403)
_BODY = (400, 413, 422)

HEALTH = _operation("Health", 200, "It answers.", "Health", {"status": "ok"})

CREATE_WORKFLOW = _operation(
    "Create a workflow",
    201,
    "Stored; version 1 is runnable.",
    "CreatedWorkflow",
    {"id": _ROW["id"], "workflow": _WORKFLOW},
    problems=(*_KEY, *_BODY, 409),
    headers=("Location", "ETag"),
    body=(
        "CreateWorkflowBody",
        True,
        {"definition": EXAMPLE_DEFINITION, "trigger_type": "manual", "tags": ["notifications"]},
    ),
)
LIST_WORKFLOWS = _operation(
    "List workflows",
    200,
    "One page.",
    "WorkflowPage",
    {"workflows": [_ROW], "total": 1, "next_cursor": None},
    problems=(*_KEY, 422),
)
GET_WORKFLOW = _operation(
    "Get a workflow", 200, "The bare workflow.", "Workflow", _WORKFLOW, problems=(*_KEY, 404), headers=("ETag",)
)
VALIDATE = _operation(
    "Validate a definition",
    200,
    "The verdict, whether good or bad.",
    "Verdict",
    {
        "valid": False,
        "errors": ["Step 'notify' depends on 'fetch' which doesn't exist"],
        "problems": [
            {
                "code": "unknown_dependency",
                "path": "/steps/0/depends_on/0",
                "message": "Step 'notify' depends on 'fetch' which doesn't exist",
                "hint": "",
            }
        ],
    },
    problems=(*_KEY, *_BODY),
    body=("ValidateRequest", False, {"definition": EXAMPLE_DEFINITION}),
)
_MERMAID = 'flowchart TD\n  s0["fetch<br/>http_request"]\n  s1["notify<br/>script"]\n  s0 --> s1\n'


def _picture(summary: str, problems: tuple[int, ...], body: tuple[str, bool, Described] | None = None) -> Described:
    """An operation that answers no JSON."""
    described = _operation(summary, 200, "The picture.", "Picture", {}, problems=problems, body=body)
    text = {"type": "string"}
    described["responses"][200]["content"] = {
        "text/vnd.mermaid": {"schema": text, "example": _MERMAID},
        "image/svg+xml": {"schema": text, "example": "<svg xmlns='http://www.w3.org/2000/svg'>...</svg>"},
    }
    return described


DRAW_WORKFLOW = _picture("Draw a workflow", (*_KEY, 404, 422))
DRAW_DEFINITION = _picture(
    "Draw a definition", (*_KEY, *_BODY), ("ValidateRequest", False, {"definition": EXAMPLE_DEFINITION})
)
START_RUN = _operation(
    "Run a workflow",
    202,
    "Accepted: the run will take place.",
    "AcceptedRun",
    {"run_id": _RUN_ROW["id"]},
    problems=(*_KEY, *_BODY, 404, 409),
    headers=("Location",),
    body=("StartRunBody", False, {"input_data": {"dataset_id": "ds_123"}, "trigger": "manual"}),
)
LIST_RUNS = _operation(
    "List runs of a workflow",
    200,
    "One page.",
    "RunPage",
    {"runs": [_RUN_ROW], "total": 1, "next_cursor": None},
    problems=(*_KEY, 404, 422),
)
GET_RUN = _operation(
    "Get a run", 200, "The run.", "RunAnswer", {"run": _RUN_ROW | {"step_runs": [_STEP_RUN]}}, problems=(*_KEY, 404)
)
RUN_INPUT = _operation(
    "Get the input of a run", 200, "The value.", "Output", _RUN_ROW["input_data"], problems=(*_KEY, 404)
)
RUN_OUTPUT = _operation(
    "Get the output of a run", 200, "The value.", "Output", _RUN_ROW["output"], problems=(*_KEY, 404)
)
STEP_OUTPUT = _operation(
    "Get the output of a step run", 200, "The value.", "Output", _STEP_RUN["output"], problems=(*_KEY, 404)
)
