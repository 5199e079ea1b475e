"""The OpenAPI document of Compozy's surface."""

from typing import Any

from fastapi import FastAPI

from stepweave.api.compozy.schemas import (
    errors,
    events,
    executions,
    hooks,
    keys,
    resources,
    schedules,
    service,
    workflows,
)
from stepweave.api.openapi import Parts, document_of
from stepweave.api.schemas.schema import ref

_DESCRIPTION = """\
The API of Compozy, served by Stepweave on the same workflows and runs as its own.

Answers are in the envelope `{"status", "message", "data"}`; errors too, but those of agents, tasks and tools, and of
PUT and DELETE of workflows, which are `application/problem+json`. Absent members are left out.
"""
TAGS = [
    {"name": "workflows", "description": "Workflow management operations"},
    {"name": "executions", "description": "Runs of workflows, task by task."},
    {"name": "schedules", "description": "Of each workflow one: when it is executed by itself."},
    {"name": "agents", "description": "Who answers: instructions, a model, actions, tools."},
    {"name": "tasks", "description": "Tasks that are kept by themselves."},
    {"name": "tools", "description": "What agents and tasks may call."},
    {"name": "events", "description": "Signals that start workflows."},
    {"name": "hooks", "description": "Inbound webhooks."},
    {"name": "service", "description": "The service itself."},
    {"name": "auth", "description": "Keys of one's own."},
]
_NOUNS = (errors, events, executions, resources, keys, workflows, schedules, hooks, service)


def compozy_document(app: FastAPI) -> dict[str, Any]:
    """The whole document; the same object at every call."""
    return document_of(app, Parts("Compozy on Stepweave", _DESCRIPTION, TAGS, _schemas))


def _schemas() -> dict[str, Any]:
    # Bodies are imported here: only a reader of the document should wait for their schemas.
    from stepweave.api.compozy.payloads.executions import (
        ExecuteWorkflowBody,
        ExecuteWorkflowSyncBody,
        SignalExecutionBody,
    )
    from stepweave.api.compozy.payloads.keys import GenerateKeyBody
    from stepweave.api.compozy.payloads.schedules import UpdateScheduleBody
    from stepweave.api.payloads.triggers import PublishBody

    schemas = {name: schema for noun in _NOUNS for name, schema in noun.SCHEMAS.items()}
    executing = (ExecuteWorkflowBody, ExecuteWorkflowSyncBody, SignalExecutionBody)
    for model in (PublishBody, GenerateKeyBody, UpdateScheduleBody, *executing):
        schema = model.model_json_schema(ref_template=ref("{model}")["$ref"])
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    return dict(sorted(resources.with_forms(schemas).items()))
