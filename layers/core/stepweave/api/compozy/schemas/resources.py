"""JSON Schemas of agents, tasks and tools: those of their forms, and what an answer tells beside them."""

from typing import Any

from stepweave.api.compozy.schemas import direct
from stepweave.api.schemas.schema import COUNT, TEXT, Schema, list_of, object_of, ref
from stepweave.domain.resource import KINDS

SCHEMAS: dict[str, Schema] = {
    "ResourcePage": object_of(
        {
            "limit": {"type": "integer", "minimum": 1, "maximum": 500},
            "total": COUNT,
            "next_cursor": TEXT,
            "prev_cursor": TEXT,
        },
        optional=frozenset({"total", "next_cursor", "prev_cursor"}),
    ),
    "WorkflowBundle": object_of({"workflows": list_of({"type": "object"})}, optional=frozenset({"workflows"})),
    "Exported": object_of({"written": COUNT}),
    "ImportedResources": object_of(
        {
            "imported": COUNT,
            "skipped": COUNT,
            "overwritten": COUNT,
            "strategy": {"type": "string", "enum": ["seed_only", "overwrite_conflicts"]},
        }
    ),
    **{
        f"{kind.capitalize()}s": object_of({f"{kind}s": list_of(ref(kind.capitalize())), "page": ref("ResourcePage")})
        for kind in KINDS
    },
    **{
        f"{kind.capitalize()}Bundle": object_of(
            {f"{kind}s": list_of(ref(f"{kind.capitalize()}Form"))}, optional=frozenset({f"{kind}s"})
        )
        for kind in KINDS
    },
}


def with_forms(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas with those of what a client puts (`AgentForm`) and is answered (`Agent`), and of their executions."""
    from stepweave.services.resource_checks import form_of

    for kind in KINDS:
        form = form_of(kind)
        schema = form.model_json_schema(ref_template=ref("{model}")["$ref"])
        schemas |= schema.pop("$defs", {})
        name = kind.capitalize()
        # A form that holds others of its own is a reference to itself.
        schemas[form.__name__] = schemas.get(form.__name__, schema) if "$ref" in schema else schema
        members = {**schemas[form.__name__]["properties"], "id": TEXT, "etag": TEXT}
        schemas[name] = {"type": "object", "properties": members, "required": ["id"], "additionalProperties": False}
    return direct.with_bodies(schemas)
