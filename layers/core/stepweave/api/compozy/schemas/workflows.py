"""JSON Schemas of workflows. What a workflow has not is left out."""

from typing import Any

from stepweave.api.schemas.schema import COUNT, OBJECT, TEXT, Schema, list_of, object_of, ref

_MEMBERS: Schema = list_of({"anyOf": [TEXT, OBJECT]})
_WORKFLOW: dict[str, Schema] = {
    "id": TEXT,
    "version": TEXT,
    "resource": TEXT,
    "description": TEXT,
    "author": OBJECT,
    "config": OBJECT,
    "schemas": list_of(OBJECT),
    "outputs": OBJECT,
    "triggers": list_of(OBJECT),
    "schedule": OBJECT,
    "mcps": list_of(OBJECT),
    "task_count": COUNT,
    "task_ids": list_of(TEXT),
    "agent_count": COUNT,
    "tool_count": COUNT,
    "mcp_count": COUNT,
    "tasks": _MEMBERS,
    "agents": _MEMBERS,
    "tools": _MEMBERS,
}
_OPTIONAL = frozenset(
    {"resource", "description", "author", "config", "schemas", "outputs", "triggers", "schedule", "mcps"}
)


def _listed(name: str) -> dict[str, Any]:
    return object_of({name: list_of(ref("WorkflowMember"))})


SCHEMAS: dict[str, Schema] = {
    "Workflow": object_of(_WORKFLOW, optional=_OPTIONAL),
    "WorkflowRow": object_of({**_WORKFLOW, "etag": TEXT}, optional=_OPTIONAL),
    "Workflows": object_of({"workflows": list_of(ref("WorkflowRow")), "page": ref("ResourcePage")}),
    "WorkflowMember": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]},
    "WorkflowTasks": _listed("tasks"),
    "WorkflowAgents": _listed("agents"),
    "WorkflowTools": _listed("tools"),
    "WorkflowDocument": {
        "type": "object",
        "description": "A workflow of Compozy's with `tasks`, or a definition with `steps`.",
        "properties": {"id": TEXT, "tasks": list_of(OBJECT), "steps": list_of(OBJECT)},
    },
}
