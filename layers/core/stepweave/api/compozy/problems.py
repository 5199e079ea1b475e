"""Errors of Compozy's surface: in the envelope, or as problem+json for the resources, and when a key sends too much.

Problems carry the members of both generations of Compozy's clients: `title` and `detail`, `error` and `details`.
"""

import json
import re
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Scope

from stepweave.api.answers.answer import answer
from stepweave.api.compozy.envelope import details_of, failure
from stepweave.api.problems import MEDIA_TYPE, headers_of
from stepweave.domain.rate_limit import RateLimited
from stepweave.errors import Invalid, ResourceInUse, StepweaveError, TooManyRequests, WorkflowInUse

_RESOURCES = re.compile(r"/api/v0/(agents|tasks|tools)(/[^/]+)?")
"""Their every verb; what lies below (executions, export, import) has the envelope."""
_WORKFLOW = re.compile(r"/api/v0/workflows/[^/]+")
_CODES = {
    **dict.fromkeys(("agent_not_found", "task_not_found", "tool_not_found"), "not_found"),
    **dict.fromkeys(("invalid_resource", "invalid_input", "malformed_json", "nested_too_deeply"), "invalid_request"),
    "precondition_failed": "etag_mismatch",
    "internal": "INTERNAL_ERROR",
}
"""Codes of problems that Compozy's clients know by other words."""
_VERBS_BELOW = ("export", "import")
_KEYS = "/api/v0/auth/"
_HOOKS = "/api/v0/hooks/"
"""What an event's schema does not take is 422 there, as in the original."""
_RATE_LIMIT_TYPE = "https://docs.compozy.com/problems/rate-limit-exceeded"
UNPROCESSABLE = frozenset({"definition_invalid"})
"""What was read and makes no sense as a whole is 422 here, too; other invalid input is 400."""


def respond(error: StepweaveError, scope: Scope) -> Response:
    """The answer for an error."""
    status = status_of(error)
    if isinstance(error, RateLimited) or has_problems(scope["method"], scope["path"]):
        body = problem_body(error, status, scope["path"])
        return Response(json.dumps(body), status_code=status, headers=headers_of(error), media_type=MEDIA_TYPE)
    if scope["path"].startswith(_HOOKS):
        return answer(bare_error(error), status=error.status, headers=headers_of(error))
    if status != 401 and scope["path"].startswith(_KEYS):
        return answer(bare_error(error), status=status, headers=headers_of(error))
    return failure(error, status)


def bare_error(error: StepweaveError) -> dict[str, str]:
    """What the routes of keys and hooks answer in place of the envelope."""
    return {"error": error.title, "details": details_of(error)}


def status_of(error: StepweaveError) -> int:
    """Invalid input is 400 on this surface."""
    return 400 if isinstance(error, Invalid) and error.code not in UNPROCESSABLE else error.status


def has_problems(method: str, path: str) -> bool:
    """Whether errors of that request are problem+json."""
    if path.rpartition("/")[2] in _VERBS_BELOW:
        return False
    return bool(_RESOURCES.fullmatch(path)) or (method in ("PUT", "DELETE") and bool(_WORKFLOW.fullmatch(path)))


def problem_body(error: StepweaveError, status: int, path: str) -> dict[str, Any]:
    """The members of RFC 9457 and those of both generations."""
    details = details_of(error)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": status,
        "detail": details,
        "error": error.title,
        "details": details,
        "instance": quote(path, safe="/:@!$&'()*+,;=~"),
        "code": _CODES.get(error.code, error.code),
    }
    if isinstance(error, RateLimited):
        body |= {"type": _RATE_LIMIT_TYPE, "code": "rate_limit_exceeded"}
    if isinstance(error, ResourceInUse | WorkflowInUse):
        body["references"] = [{"resource": each.resource, "ids": list(each.ids)} for each in error.references]
    if isinstance(error, TooManyRequests):
        body["retry_after"] = error.retry_after
    return body
