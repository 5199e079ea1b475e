"""Documents of workflows."""

from stepweave.api.schemas.schema import OPTIONAL_TEXT, TEXT, Schema, list_of, object_of, ref
from stepweave.domain.workflow import TRIGGER_TYPES, WORKFLOW_STATUSES

SCHEMAS: dict[str, Schema] = {
    "WorkflowDocument": object_of(
        {
            "id": TEXT,
            "slug": OPTIONAL_TEXT,
            "trigger_type": {"enum": list(TRIGGER_TYPES)},
            "status": {"enum": list(WORKFLOW_STATUSES)},
            "tags": list_of(TEXT),
            "definition": ref("Definition"),
        },
        "A workflow as `POST /api/workflows/import` takes it.",
    ),
    "ImportedWorkflow": object_of(
        {
            "workflow_id": TEXT,
            "version": {"type": "integer", "minimum": 1},
            "result": {"enum": ["created", "changed", "unchanged"]},
        }
    ),
}
