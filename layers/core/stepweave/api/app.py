"""The application: routes, problems and outcomes put together around bound use cases."""

import time
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from stepweave.api import problems
from stepweave.api.openapi import openapi_document
from stepweave.api.outcomes import Log, Outcomes
from stepweave.api.routes import (
    control,
    docs,
    events,
    graphs,
    health,
    rehearsals,
    runs,
    schedules,
    signals,
    templates,
    transfer,
    triggers,
    versions,
    workflows,
)
from stepweave.api.use_cases import UseCases
from stepweave.errors import StepweaveError
from stepweave.ids import NewId

ROUTERS = (
    health.router,
    docs.router,
    graphs.router,
    workflows.router,
    versions.router,
    rehearsals.router,
    templates.router,
    transfer.router,
    schedules.router,
    triggers.router,
    runs.router,
    signals.router,
    control.router,
    events.router,
)


def create_app(
    use_cases: UseCases, *, new_id: NewId, log: Log, clock: Callable[[], float] = time.perf_counter
) -> FastAPI:
    """The ASGI application. `new_id` names requests, `clock` (seconds, from any start) measures them."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.use_cases = use_cases
    app.state.document = lambda: openapi_document(app)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    for router in ROUTERS:
        app.include_router(router)
    app.exception_handler(StepweaveError)(problems.on_stepweave_error)
    app.exception_handler(RequestValidationError)(problems.on_invalid_parameters)
    app.exception_handler(404)(problems.on_no_route)
    app.exception_handler(405)(problems.on_other_method)
    app.add_middleware(Outcomes, new_id=new_id, log=log, clock=clock)
    return app
