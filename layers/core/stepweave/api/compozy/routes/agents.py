"""Agents: list, get, put, delete, export, import."""

from stepweave.api.compozy.routes.resources import resource_router

router = resource_router("agent")
