"""Errors: where they are caught on every surface, and as `application/problem+json` (RFC 9457) on the native one."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from stepweave.domain.problem import pointer
from stepweave.errors import (
    DuplicateDelivery,
    Fault,
    Invalid,
    NotFound,
    StepweaveError,
    TooManyRequests,
    VersionIncompatible,
)

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="stepweave"'


class NoSuchRoute(NotFound):
    """404 outside any route."""

    def __init__(self, path: str) -> None:
        StepweaveError.__init__(self, f"Nothing is served at '{path[:200]}'; see /docs.", code="route_not_found")


class MethodNotAllowed(StepweaveError):
    """405; `allowed` goes into the header `Allow` (RFC 9110, section 15.5.6)."""

    status, title = 405, "Method not allowed"

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"This path does not take {method[:20]}, but {allowed}.", code="method_not_allowed")
        self.allowed = allowed


class Unexpected(StepweaveError):
    """500: shows nothing of what happened but the id under which it was logged."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"Something failed on our side. It was logged as request '{request_id}'.", code="internal")


def respond(error: StepweaveError, scope: Scope) -> Response:
    """The native surface's answer for an error."""
    body = problem_body(error, scope["path"])
    return Response(json.dumps(body), status_code=error.status, headers=headers_of(error), media_type=MEDIA_TYPE)


def problem_body(error: StepweaveError, path: str) -> dict[str, Any]:
    """The members of RFC 9457 and ours. `path`: of the request, without its query, which may hold a secret."""
    body: dict[str, Any] = {
        "type": f"/docs#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "instance": quote(path, safe="/:@!$&'()*+,;=~"),
        "code": error.code,
    }
    if isinstance(error, Invalid | VersionIncompatible):
        body["errors"] = [{"path": fault.path, "message": fault.message} for fault in error.faults]
    if isinstance(error, DuplicateDelivery):
        body["run_id"] = error.run_id
    return body


def headers_of(error: StepweaveError) -> dict[str, str]:
    """What an error says in headers, on every surface."""
    match error:
        case MethodNotAllowed():
            return {"allow": error.allowed}
        case TooManyRequests():
            return {"retry-after": str(error.retry_after)}
        case StepweaveError(status=401):
            return {"www-authenticate": CHALLENGE}
        case StepweaveError(status=503):
            return {"retry-after": "1"}
    return {}


async def on_stepweave_error(request: Request, error: StepweaveError) -> Response:
    """An error of our tree, as the surface words it."""
    request.state.problem = error
    response: Response = request.app.state.surface.respond(error, request.scope)
    return response


async def on_invalid_parameters(request: Request, error: RequestValidationError) -> Response:
    """What FastAPI finds wrong with parameters; bodies are read by `bodies`."""
    return await on_stepweave_error(request, request.app.state.surface.refuse(error))


def invalid_parameters(error: RequestValidationError) -> Invalid:
    """Each fault with its place: `?limit` for a parameter of the query."""
    return Invalid([Fault(_place(found["loc"]), _sentence(found)) for found in error.errors()])


def _place(loc: tuple[str | int, ...]) -> str:
    where, *rest = loc
    names = [part for part in rest if isinstance(part, str)]  # of a repeated parameter its number follows
    return f"?{names[-1]}" if where == "query" and names else pointer(*loc)


def _sentence(found: dict[str, Any]) -> str:
    return "Unknown query parameter." if found["type"] == "extra_forbidden" else f"{found['msg']}."


async def on_no_route(request: Request, _error: HTTPException) -> Response:
    """404 of the router."""
    return await on_stepweave_error(request, NoSuchRoute(request.url.path))


async def on_other_method(request: Request, _error: HTTPException) -> Response:
    """405 of the router."""
    return await on_stepweave_error(request, MethodNotAllowed(request.method, _allowed(request)))


def _allowed(request: Request) -> str:
    """All methods of the path: the router's own header names those of one matching route only."""
    routes: Iterable[BaseRoute] = request.app.state.routes
    matching = [route for route in routes if route.matches(dict(request.scope))[0] is not Match.NONE]
    return ", ".join(sorted({method for route in matching for method in getattr(route, "methods", None) or ()}))
