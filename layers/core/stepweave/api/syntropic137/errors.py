"""Errors of Syntropic137's surface: `{"detail": "..."}`; of input, FastAPI's list of what is wrong where."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from stepweave.api.answers.answer import answer
from stepweave.api.problems import headers_of
from stepweave.api.syntropic137.auth import CHALLENGE
from stepweave.errors import BadRequest, Fault, Invalid, StepweaveError

_INPUTS = {"input_data": "inputs"}


def respond(error: StepweaveError, _scope: Scope) -> Response:
    """The answer for an error. What cannot be read, and what is wrong in it, are both 422 here."""
    if isinstance(error, BadRequest):
        return answer({"detail": [_entry(["body"], error.message, error.code)]}, status=422)
    if isinstance(error, Invalid):
        return answer({"detail": [_invalid(fault) for fault in error.faults]}, status=error.status)
    headers = headers_of(error)
    if error.status == 401:
        headers = {"www-authenticate": CHALLENGE}
    return answer({"detail": error.message}, status=error.status, headers=headers)


def _invalid(fault: Fault) -> dict[str, Any]:
    """-> `{"loc": ["body", "inputs", "n"], "msg": "...", "type": "value_error"}` of `/inputs/n`"""
    if fault.path.startswith("?"):
        return _entry(["query", fault.path[1:]], fault.message, "value_error")
    if fault.path and not fault.path.startswith("/"):
        return _entry(["header", fault.path], fault.message, "value_error")
    return _entry(["body", *_parts(fault.path)], fault.message, "value_error")


def _entry(loc: list[str], message: str, kind: str) -> dict[str, Any]:
    return {"loc": loc, "msg": message, "type": kind}


def _parts(pointer: str) -> Iterator[str]:
    """-> `inputs`, `n` of `/inputs/n` (RFC 6901), and of `/input_data/n`, where a run's input is natively."""
    first, *rest = pointer.split("/")[1:] or [""]
    for part in [_INPUTS.get(first, first), *rest] if first else []:
        yield part.replace("~1", "/").replace("~0", "~")
