"""Operations that take workflows out and in."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation
from stepweave.api.describe.workflows import EXAMPLE_DEFINITION, ROW
from stepweave.api.documents import YAML
from stepweave.api.schemas.schema import ref

_DOCUMENT: Described = {name: ROW[name] for name in ("id", "slug", "trigger_type", "status", "tags")} | {
    "definition": EXAMPLE_DEFINITION
}

EXPORT_WORKFLOW = operation(
    "Export a workflow",
    200,
    "The document.",
    "WorkflowDocument",
    _DOCUMENT,
    problems=(*KEY, 404, 422),
    headers=("ETag",),
)
EXPORT_WORKFLOW["responses"][200]["content"][YAML] = {"schema": ref("WorkflowDocument"), "example": _DOCUMENT}

IMPORT_WORKFLOW = operation(
    "Import a workflow",
    201,
    "A new workflow.",
    "ImportedWorkflow",
    {"workflow_id": ROW["id"], "version": 1, "result": "created"},
    problems=(*KEY, *BODY, 409),
    headers=("Location", "ETag"),
    body=("ImportWorkflowBody", True, {"slug": "fetch", "definition": EXAMPLE_DEFINITION}),
)
IMPORT_WORKFLOW["responses"][200] = {
    "description": "The workflow existed; `result` tells whether it has changed.",
    "headers": IMPORT_WORKFLOW["responses"][201]["headers"],
    "content": {
        "application/json": {
            "schema": ref("ImportedWorkflow"),
            "example": {"workflow_id": ROW["id"], "version": 2, "result": "changed"},
        }
    },
}
IMPORT_WORKFLOW["openapi_extra"]["requestBody"]["content"][YAML] = {"schema": ref("ImportWorkflowBody")}
