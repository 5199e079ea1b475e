"""Compozy's surface: `/api/v0`."""

from stepweave.api import problems
from stepweave.api.compozy.document import compozy_document
from stepweave.api.compozy.problems import respond
from stepweave.api.compozy.routes import agents, auth, docs, events, executions, tasks, tools
from stepweave.api.surface import Surface

COMPOZY = Surface(
    routers=(docs.router, executions.router, agents.router, tasks.router, tools.router, events.router, auth.router),
    respond=respond,
    refuse=problems.invalid_parameters,
    document=compozy_document,
)
