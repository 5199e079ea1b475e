"""One request, one outcome: its id, its line in the log, and an answer even when a handler fails unexpectedly."""

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stepweave.api.problems import Unexpected
from stepweave.api.rate_headers import rate_headers
from stepweave.api.request_id import HEADER, origin_of
from stepweave.domain.origin import CORRELATION_ID, Origin
from stepweave.errors import StepweaveError
from stepweave.ids import NewId, milliseconds_of
from stepweave.services.current_origin import coming_from

Respond = Callable[[StepweaveError, Scope], Response]
"""How the surface words an error, met by a request."""


class Log(Protocol):
    """What `logging.Logger` and Powertools' `Logger` have in common."""

    def info(self, msg: object, *, extra: Mapping[str, object]) -> None: ...
    def exception(self, msg: object, *, extra: Mapping[str, object]) -> None: ...


class Outcomes:
    """ASGI middleware, outermost. It logs no payload, no query and no header: each may hold a secret."""

    def __init__(self, app: ASGIApp, respond: Respond, new_id: NewId, log: Log, clock: Callable[[], float]) -> None:
        self.app, self.respond, self.new_id, self.log, self.clock = app, respond, new_id, log, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = self.clock()
        origin = origin_of(Headers(scope=scope), self.new_id)
        request_id = origin.request_id
        scope.setdefault("state", {})["request_id"] = request_id
        status, started_run = 0, None

        async def answer(message: Message) -> None:
            nonlocal status, started_run
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id
                if origin.correlation_id:
                    headers[CORRELATION_ID] = origin.correlation_id
                started_run = run_in(headers.get("location", ""))
                headers["x-content-type-options"] = "nosniff"
                if left := scope["state"].get("allowance"):
                    headers.update(rate_headers(left))
            await send(message)

        def line() -> dict[str, object]:
            return _line(scope, status, origin, started_run, round((self.clock() - started) * 1000, 1))

        try:
            with coming_from(origin):
                await self.app(scope, receive, answer)
        except ClientDisconnect:
            self.log.info("client left", extra=line())
        except Exception:
            if status:
                self.log.exception("answer broken off", extra=line())
                raise
            await self.respond(Unexpected(request_id), scope)(scope, receive, answer)
            self.log.exception("request failed", extra=line())
        else:
            self.log.info("request", extra=line())


def run_in(path: str) -> str | None:
    """The run that a path is about. -> `run_01KA...` of `/api/workflows/runs/run_01KA...`; None for none"""
    parts = (part for part in path.split("/") if part.startswith("run_"))
    return next((part for part in parts if milliseconds_of(part) is not None), None)


def _line(scope: Scope, status: int, origin: Origin, started_run: str | None, milliseconds: float) -> dict[str, object]:
    state = scope["state"]
    problem = state.get("problem")
    found: dict[str, object] = {
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path_format", None),
        "status": status,
        "duration_ms": milliseconds,
        "request_id": origin.request_id,
        "correlation_id": origin.correlation_id or None,
        "trace_id": origin.trace.id if origin.trace else None,
        "run_id": started_run or run_in(scope["path"]),
        "key_id": state.get("key_id"),
        "code": problem and problem.code,
        "cause": _cause(problem) if status >= 500 else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _cause(problem: BaseException | None) -> str | None:
    """Its class only: its text may hold what must not be logged."""
    return type(problem.__cause__).__name__ if problem and problem.__cause__ else None
