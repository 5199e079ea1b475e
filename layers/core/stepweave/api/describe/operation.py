"""How an operation is described."""

from typing import Any

from stepweave.api.bodies import MAX_BODY_BYTES, malformed
from stepweave.api.payloads.body import UNKNOWN_MEMBER
from stepweave.api.problems import MEDIA_TYPE, problem_body
from stepweave.api.schemas.schema import ref
from stepweave.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    StepweaveError,
    TooManyRequests,
    Unauthenticated,
)

Described = dict[str, Any]

WORKFLOW_ID = "wf_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"
_AT_ROW = f"/api/workflows/{WORKFLOW_ID}"
PROBLEMS: dict[int, tuple[str, StepweaveError]] = {
    400: ("The body is not JSON, or nested too deeply.", malformed("Expecting value at line 1, column 16")),
    401: ("No key, or not a valid one.", Unauthenticated("Send your key: 'Authorization: Bearer sw_...'.")),
    403: ("The key's role does not allow this.", Forbidden("write", "read")),
    404: ("There is nothing of that id.", NotFound("workflow", WORKFLOW_ID)),
    409: (
        "The state of things does not allow this.",
        Conflict(
            f"Workflow '{WORKFLOW_ID}' is paused and starts nothing; set its status to 'active' first.",
            code="workflow_not_runnable",
        ),
    ),
    412: ("It is in another state than `If-Match` names.", PreconditionFailed(f'"{WORKFLOW_ID}-2"')),
    429: (
        "There are too many of these at once.",
        TooManyRequests(
            "This key has 20 streams open; end one of them, or follow runs with another key.",
            code="too_many_streams",
            retry_after=25,
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


def operation(
    summary: str,
    status: int,
    description: str,
    schema: str = "",
    example: Described | None = None,
    *,
    problems: tuple[int, ...] = (),
    headers: tuple[str, ...] = (),
    body: tuple[str, bool, Described] | None = None,
) -> Described:
    """Arguments of a route decorator. `body`: schema, whether it is required, example."""
    success: Described = {"description": description}
    if schema:
        success["content"] = {"application/json": {"schema": ref(schema), "example": example}}
    if headers:
        success["headers"] = {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in headers}
    refusals = {each: _problem(*PROBLEMS[each]) for each in problems}
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
KEY = (401, 403)
BODY = (400, 413, 422)
