"""The application: the three published surfaces side by side, around bound use cases."""

from fastapi import FastAPI

from stepweave.api.native import NATIVE
from stepweave.api.surface import Shared, Surfaces, surface_app


def create_app(shared: Shared) -> Surfaces:
    """The ASGI application."""
    return Surfaces(
        surface_app(NATIVE, shared),
        {"/api/v0": lambda: _compozy(shared), "/workflows": lambda: _syntropic137(shared)},
    )


def _compozy(shared: Shared) -> FastAPI:
    from stepweave.api.compozy.surface import COMPOZY

    return surface_app(COMPOZY, shared)


def _syntropic137(shared: Shared) -> FastAPI:
    from stepweave.api.syntropic137.surface import SYNTROPIC137

    return surface_app(SYNTROPIC137, shared)
