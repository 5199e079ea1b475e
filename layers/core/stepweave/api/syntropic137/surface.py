"""Syntropic137's surface: `/workflows`."""

from stepweave.api.problems import invalid_parameters
from stepweave.api.surface import Surface
from stepweave.api.syntropic137 import routes
from stepweave.api.syntropic137.document import syntropic137_document
from stepweave.api.syntropic137.errors import respond

SYNTROPIC137 = Surface(
    routers=(routes.router,), respond=respond, refuse=invalid_parameters, document=syntropic137_document
)
