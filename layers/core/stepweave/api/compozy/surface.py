"""Compozy's surface: `/api/v0`."""

from stepweave.api import problems
from stepweave.api.compozy.document import compozy_document
from stepweave.api.compozy.problems import respond
from stepweave.api.compozy.routes import (
    agents,
    auth,
    docs,
    events,
    executions,
    hooks,
    schedules,
    service,
    tasks,
    tools,
    workflow_files,
    workflows,
)
from stepweave.api.surface import Surface

COMPOZY = Surface(
    routers=(
        docs.router,
        workflow_files.router,
        workflows.router,
        executions.router,
        schedules.router,
        agents.router,
        tasks.router,
        tools.router,
        events.router,
        hooks.router,
        auth.router,
        service.router,
    ),
    respond=respond,
    refuse=problems.invalid_parameters,
    document=compozy_document,
)
