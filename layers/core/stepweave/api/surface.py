"""A published API as an application of its own: its routes, how it words errors, its OpenAPI document."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stepweave.api import problems
from stepweave.api.outcomes import Log, Outcomes
from stepweave.api.use_cases import UseCases
from stepweave.errors import StepweaveError
from stepweave.ids import NewId


@dataclass(frozen=True)
class Surface:
    """`respond`: an error, and the request that met it -> its answer; it may see path and method, and shows no query.

    `refuse`: what FastAPI finds wrong with parameters -> our error. `document`: see `openapi.document_of`.
    """

    routers: tuple[APIRouter, ...]
    respond: Callable[[StepweaveError, Scope], Response]
    refuse: Callable[[RequestValidationError], StepweaveError]
    document: Callable[[FastAPI], dict[str, Any]]


@dataclass(frozen=True)
class Shared:
    """What all surfaces have in common. `new_id` names requests, `clock` (seconds, from any start) measures them."""

    use_cases: UseCases
    new_id: NewId
    log: Log
    clock: Callable[[], float] = time.perf_counter


def surface_app(surface: Surface, shared: Shared) -> FastAPI:
    """The ASGI application of one surface."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.use_cases = shared.use_cases
    app.state.surface = surface
    app.state.document = lambda: surface.document(app)
    app.state.routes = [route for router in surface.routers for route in router.routes]
    for router in surface.routers:
        app.include_router(router)
    app.exception_handler(StepweaveError)(problems.on_stepweave_error)
    app.exception_handler(RequestValidationError)(problems.on_invalid_parameters)
    app.exception_handler(404)(problems.on_no_route)
    app.exception_handler(405)(problems.on_other_method)
    app.add_middleware(Outcomes, respond=surface.respond, new_id=shared.new_id, log=shared.log, clock=shared.clock)
    return app


class Surfaces:
    """ASGI: each path to the surface that it belongs to, each surface made when it is first asked for something.

    Most cold starts serve one surface only, and the routes of the others would cost them a tenth of a second.
    """

    def __init__(self, native: FastAPI, others: dict[str, Callable[[], ASGIApp]]) -> None:
        """`others`: by the first part of their paths, as `/api/v0`."""
        self.native = native
        self._others = others
        self._made: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of(scope.get("path", ""))(scope, receive, send)

    def _of(self, path: str) -> ASGIApp:
        for prefix, make in self._others.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                if prefix not in self._made:
                    self._made[prefix] = make()
                return self._made[prefix]
        return self.native
