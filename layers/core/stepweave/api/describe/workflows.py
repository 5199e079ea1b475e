"""Operations on workflows."""

from stepweave.api.describe.operation import BODY, KEY, WORKFLOW_ID, Described, operation

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
ROW: Described = {
    "id": WORKFLOW_ID,
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
WORKFLOW = ROW | {"definition": EXAMPLE_DEFINITION}

CREATE_WORKFLOW = operation(
    "Create a workflow",
    201,
    "Stored; version 1 is runnable.",
    "CreatedWorkflow",
    {"id": ROW["id"], "workflow": WORKFLOW},
    problems=(*KEY, *BODY, 409),
    headers=("Location", "ETag"),
    body=(
        "CreateWorkflowBody",
        True,
        {"definition": EXAMPLE_DEFINITION, "trigger_type": "manual", "tags": ["notifications"]},
    ),
)
LIST_WORKFLOWS = operation(
    "List workflows",
    200,
    "One page.",
    "WorkflowPage",
    {"workflows": [ROW], "total": 1, "next_cursor": None},
    problems=(*KEY, 422),
)
GET_WORKFLOW = operation(
    "Get a workflow", 200, "The bare workflow.", "Workflow", WORKFLOW, problems=(*KEY, 404), headers=("ETag",)
)
REPLACE_WORKFLOW = operation(
    "Replace a workflow's definition",
    200,
    "The bare workflow as it is now.",
    "Workflow",
    WORKFLOW | {"version": 2, "updated_at": "2026-11-02T15:00:00.000Z"},
    problems=(*KEY, *BODY, 404, 409, 412),
    headers=("ETag",),
    body=(
        "ReplaceWorkflowBody",
        True,
        {"definition": EXAMPLE_DEFINITION, "change_summary": "Added the notification"},
    ),
)
SET_STATUS = operation(
    "Set a workflow's status",
    200,
    "The bare workflow as it is now.",
    "Workflow",
    WORKFLOW | {"status": "paused", "updated_at": "2026-11-02T15:00:00.000Z"},
    problems=(*KEY, *BODY, 404, 412),
    headers=("ETag",),
    body=("SetStatusBody", True, {"status": "paused"}),
)
DELETE_WORKFLOW = operation("Delete a workflow", 204, "It is gone.", problems=(*KEY, 404, 409, 412, 422))
VALIDATE = operation(
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
    problems=(*KEY, *BODY),
    body=("ValidateRequest", False, {"definition": EXAMPLE_DEFINITION}),
)
_MERMAID = 'flowchart TD\n  s0["fetch<br/>http_request"]\n  s1["notify<br/>script"]\n  s0 --> s1\n'


def _picture(summary: str, problems: tuple[int, ...], body: tuple[str, bool, Described] | None = None) -> Described:
    """An operation that answers no JSON."""
    described = operation(summary, 200, "The picture.", "Picture", {}, problems=problems, body=body)
    text = {"type": "string"}
    described["responses"][200]["content"] = {
        "text/vnd.mermaid": {"schema": text, "example": _MERMAID},
        "image/svg+xml": {"schema": text, "example": "<svg xmlns='http://www.w3.org/2000/svg'>...</svg>"},
    }
    return described


DRAW_WORKFLOW = _picture("Draw a workflow", (*KEY, 404, 422))
DRAW_DEFINITION = _picture(
    "Draw a definition", (*KEY, *BODY), ("ValidateRequest", False, {"definition": EXAMPLE_DEFINITION})
)
