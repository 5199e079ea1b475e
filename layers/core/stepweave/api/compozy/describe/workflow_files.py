"""Operations that take workflows out and in."""

from stepweave.api.compozy.describe.operation import BODY, KEY, operation
from stepweave.api.documents import YAML
from stepweave.api.schemas.schema import ref

_TASK = {"id": "hi", "agent": "host", "prompt": "Greet {{ .workflow.input.name }}"}
_BUNDLE = {"workflows": [{"id": "greet", "tasks": [_TASK]}]}

EXPORT_WORKFLOWS = operation(
    "Export workflows", 200, "workflows exported", "Exported", {"written": 2}, errors=(*KEY, 400)
)
EXPORT_WORKFLOWS["responses"][200]["content"][YAML] = {"schema": ref("WorkflowBundle"), "example": _BUNDLE}

IMPORT_WORKFLOWS = operation(
    "Import workflows",
    200,
    "workflows imported",
    "ImportedResources",
    {"imported": 1, "skipped": 0, "overwritten": 0, "strategy": "seed_only"},
    errors=(*KEY, *BODY, 409),
    body=("WorkflowBundle", False, _BUNDLE),
)
IMPORT_WORKFLOWS["openapi_extra"]["requestBody"]["content"][YAML] = {"schema": ref("WorkflowBundle")}
