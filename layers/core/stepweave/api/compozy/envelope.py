"""The envelope of Compozy's surface: `{"status", "message", "data"}`, or `{"status", "error"}`; no member is null."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.problems import headers_of
from stepweave.errors import Fault, StepweaveError

_WORDS = {408: "REQUEST_TIMEOUT", 500: "INTERNAL_ERROR", 503: "SERVICE_UNAVAILABLE"}


def envelope(
    message: str, data: Any = None, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A success. -> `{"status": 202, "message": "...", "data": {...}}`; without `data` when there is none."""
    members = {"status": status, "message": message, "data": data}
    return answer({name: value for name, value in members.items() if value is not None}, status=status, headers=headers)


def failure(
    error: StepweaveError,
    status: int,
    *,
    data: Any = None,
    message: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error. `status`: of the answer, which may differ from the native one. `data`: what the client goes on with."""
    more = {"message": message, "data": data}
    said = {"status": status, "error": error_member(error, status)}
    said |= {name: value for name, value in more.items() if value is not None}
    return answer(said, status=status, headers={**headers_of(error), **(headers or {})})


def error_member(error: StepweaveError, status: int) -> dict[str, str]:
    """-> `{"code": "NOT_FOUND", "message": "Not found", "details": "There is no workflow 'x'."}`"""
    return {"code": word_of(status), "message": error.title, "details": details_of(error)}


def word_of(status: int) -> str:
    """The code of the envelope follows the status. -> `"NOT_FOUND"` of 404"""
    return _WORDS.get(status) or HTTPStatus(status).name


def details_of(error: StepweaveError) -> str:
    """All that an error says, in one text: this surface's errors have no list of places."""
    faults: tuple[Fault, ...] = getattr(error, "faults", ())
    places = "; ".join(f"{fault.path or 'the body'}: {fault.message}" for fault in faults)
    return places or error.message
