"""How an operation of Compozy's surface is described."""

from typing import Any

from stepweave.api.compozy.answers.executions import TimedOut
from stepweave.api.compozy.envelope import error_member
from stepweave.api.compozy.problems import problem_body, status_of
from stepweave.api.describe.operation import PROBLEMS
from stepweave.api.problems import MEDIA_TYPE
from stepweave.api.schemas.schema import ref
from stepweave.errors import StepweaveError

Described = dict[str, Any]

KEY = (401, 403)
BODY = (400, 413)
_AT = "/api/v0/workflows/data-processing"


def operation(
    summary: str,
    status: int,
    message: str,
    schema: str = "",
    example: Any = None,
    *,
    errors: tuple[int, ...] = (),
    problems: bool = False,
    headers: tuple[str, ...] = (),
    body: tuple[str, bool, Any] | None = None,
) -> Described:
    """Arguments of a route decorator.

    `schema`, `example`: of the envelope's `data`. `problems`: whether errors are problem+json. `body`: schema, whether
    it is required, example.
    """
    success: Described = {"description": message or "Done."}
    if status != 204:
        success["content"] = {
            "application/json": {"schema": _envelope(schema), "example": _example(status, message, example)}
        }
    if headers:
        success["headers"] = {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in headers}
    described: Described = {
        "summary": summary,
        "status_code": status,
        "responses": {
            status: success,
            **{each: _error(each, problems=problems) for each in errors},
            "default": _error(None, problems=problems),
        },
    }
    if body:
        media = {"application/json": {"schema": ref(body[0]), "example": body[2]}}
        described["openapi_extra"] = {"requestBody": {"required": body[1], "content": media}}
    return described


_MORE = {408: ("It has not ended in time, and goes on.", TimedOut("run_01KAFZ6B3T9D2M7QH4YF0ZK8XE", 20))}


def _envelope(schema: str) -> Described:
    data = {"data": ref(schema)} if schema else {}
    members = {"status": {"type": "integer"}, "message": {"type": "string"}, **data}
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def _example(status: int, message: str, data: Any) -> Described:
    return {"status": status, "message": message} | ({} if data is None else {"data": data})


def _error(status: int | None, *, problems: bool) -> Described:
    media, schema = (MEDIA_TYPE, "CompozyProblem") if problems else ("application/json", "CompozyFailure")
    content: Described = {"schema": ref(schema)}
    if status is None:
        return {"description": "Any other error, in the same form.", "content": {media: content}}
    description, error = _MORE.get(status) or PROBLEMS[status]
    content["example"] = _error_example(error, status, problems=problems)
    return {"description": description, "content": {media: content}}


def _error_example(error: StepweaveError, status: int, *, problems: bool) -> Described:
    shown = status_of(error) if status == error.status else status
    if problems:
        return problem_body(error, shown, _AT)
    return {"status": shown, "error": error_member(error, shown)}


_HEADERS = {
    "Location": "Path of what was made.",
    "ETag": "Strong validator of the stored value, quoted.",
    "Link": "Relative links to the next and the previous page (RFC 8288).",
}
