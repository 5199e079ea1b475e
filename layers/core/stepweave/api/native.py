"""The native surface: `/api/workflows`, and what belongs to no other."""

from stepweave.api import problems
from stepweave.api.openapi import openapi_document
from stepweave.api.routes import (
    control,
    docs,
    events,
    graphs,
    health,
    keys,
    metrics,
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
from stepweave.api.surface import Surface

NATIVE = Surface(
    routers=(
        health.router,
        metrics.router,
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
        keys.router,
    ),
    respond=problems.respond,
    refuse=problems.invalid_parameters,
    document=openapi_document,
)
