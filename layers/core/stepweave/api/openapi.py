"""The OpenAPI document: FastAPI's, with the schemas of bodies, answers and definitions put in, made when first read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from stepweave.api.codes import CODES
from stepweave.api.links import add_links
from stepweave.api.schemas import SCHEMAS
from stepweave.api.schemas.schema import ref

API_VERSION = "0.1.0"
DESCRIPTION = """\
Workflows of steps that run as Step Functions state machines in your own AWS account.

- **Keys.** Every operation but `/health`, `/docs`, `/openapi.json` and inbound webhooks needs
  `Authorization: Bearer sw_...`.
- **Errors** are `application/problem+json` (RFC 9457); `code` is stable, `detail` is for people, `errors` names each
  place of invalid input.
- **Requests** are identified by `X-Request-Id`: yours if you send one, else a new one; it is in every answer and log
  line.
- **Bodies** are JSON of at most 1 MB whatever the content type says; an empty body counts as `{}`.
- **Limits.** Each key has a bucket of tokens; every answer to it tells in `RateLimit-Limit`, `-Remaining` and `-Reset`
  what is left. When it is empty: 429 with `Retry-After`.
- **Times** are ISO 8601, UTC, with milliseconds and `Z`.
"""
TAGS = [
    {"name": "workflows", "description": "Definitions, named and versioned."},
    {"name": "versions", "description": "Immutable definitions, numbered from 1 on."},
    {"name": "signals", "description": "What a run waits to be told, and telling it."},
    {"name": "templates", "description": "Definitions with parameters, to make workflows of."},
    {"name": "runs", "description": "A version at work, step by step."},
    {"name": "schedules", "description": "Runs by themselves, at times of a zone."},
    {"name": "triggers", "description": "Runs that something outside starts."},
    {"name": "keys", "description": "Who may send requests, and how much of what."},
    {"name": "service", "description": "The service itself."},
]


@dataclass(frozen=True)
class Parts:
    """What a surface's document is made of. `schemas`: its components, made when first read; `finish` adds the rest."""

    title: str
    description: str
    tags: list[dict[str, Any]]
    schemas: Callable[[], dict[str, Any]]
    finish: Callable[[dict[str, Any]], None] = lambda _document: None


def document_of(app: FastAPI, parts: Parts) -> dict[str, Any]:
    """A surface's whole document; the same object at every call."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=parts.title,
            version=API_VERSION,
            description=parts.description,
            routes=app.routes,
            tags=parts.tags,
        )
        document.setdefault("components", {})["schemas"] = parts.schemas()
        for route in app.state.routes:
            _restore_nulls(document["paths"], route)
        parts.finish(document)
        app.openapi_schema = document
    return app.openapi_schema


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The native surface's document."""
    return document_of(app, Parts("Stepweave", DESCRIPTION, TAGS, _schemas, _finish))


def _finish(document: dict[str, Any]) -> None:
    document["x-problem-codes"] = CODES
    add_links(document)


def _restore_nulls(paths: dict[str, Any], route: APIRoute) -> None:
    """FastAPI leaves every null out of the document, those in examples too."""
    for method in (route.methods or ()) if route.include_in_schema else ():
        shown = paths[route.path_format][method.lower()]["responses"]
        for status, response in route.responses.items():
            shown[str(status)].update(response)


def _schemas() -> dict[str, Any]:
    # Imported here: a hundred milliseconds that only a reader of the document should wait for.
    from stepweave.api.payloads.control import CancelRunsBody, ResumeBody
    from stepweave.api.payloads.events import IssueTicketBody
    from stepweave.api.payloads.keys import CreateKeyBody, RotateKeyBody
    from stepweave.api.payloads.rehearsals import RehearseDefinitionBody, RehearseWorkflowBody
    from stepweave.api.payloads.runs import StartRunBody
    from stepweave.api.payloads.schedules import BackfillBody, ChangeScheduleBody, CreateScheduleBody
    from stepweave.api.payloads.signals import DecisionBody, SignalBody
    from stepweave.api.payloads.templates import CreateTemplateBody, InstallTemplateBody
    from stepweave.api.payloads.transfer import ImportWorkflowBody
    from stepweave.api.payloads.versions import RollbackBody
    from stepweave.api.payloads.workflows import CreateWorkflowBody, ReplaceWorkflowBody, SetStatusBody
    from stepweave.domain.definition import Definition

    schemas = dict(SCHEMAS)
    schedules = (CreateScheduleBody, ChangeScheduleBody, BackfillBody)
    templates = (CreateTemplateBody, InstallTemplateBody)
    workflows = (CreateWorkflowBody, ReplaceWorkflowBody, SetStatusBody, RollbackBody, ImportWorkflowBody)
    runs = (StartRunBody, ResumeBody, CancelRunsBody, SignalBody, DecisionBody, IssueTicketBody)
    rehearsals = (RehearseDefinitionBody, RehearseWorkflowBody)
    keys = (CreateKeyBody, RotateKeyBody)
    for model in (*rehearsals, *workflows, *runs, *templates, *schedules, *keys, Definition):
        schema = model.model_json_schema(ref_template=ref("{model}")["$ref"])
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for name in ("CreateWorkflowBody", "ReplaceWorkflowBody", "ImportWorkflowBody"):
        schemas[name]["properties"]["definition"] = ref("Definition")
    for name in ("tags", "trigger_type", "slug"):
        # What is left out stays as it is: there is no default.
        schemas["ReplaceWorkflowBody"]["properties"][name].pop("default", None)
    return dict(sorted(schemas.items()))
