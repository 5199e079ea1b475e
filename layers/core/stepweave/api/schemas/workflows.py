"""Workflows as the contract shows them."""

from stepweave.api.schemas.schema import OPTIONAL_TEXT, TEXT, TIME, Schema, list_of, object_of, page_of, ref
from stepweave.domain.workflow import TRIGGER_TYPES, WORKFLOW_STATUSES

_WORKFLOW_HEAD: dict[str, Schema] = {
    "id": TEXT,
    "slug": OPTIONAL_TEXT,
    "name": TEXT,
    "description": OPTIONAL_TEXT,
    "version": {"type": "integer", "minimum": 1},
    "status": {"enum": list(WORKFLOW_STATUSES)},
    "trigger_type": {"enum": list(TRIGGER_TYPES)},
    "tags": list_of(TEXT),
}
_WORKFLOW_TAIL: dict[str, Schema] = {
    "created_at": TIME,
    "updated_at": TIME,
    "created_by": {"type": "string", "description": "Id of a key."},
    "updated_by": {"type": "string", "description": "Id of a key."},
}

SCHEMAS: dict[str, Schema] = {
    "Workflow": object_of(_WORKFLOW_HEAD | {"definition": ref("Definition")} | _WORKFLOW_TAIL),
    "WorkflowRow": object_of(_WORKFLOW_HEAD | _WORKFLOW_TAIL, "A workflow without its definition."),
    "WorkflowPage": page_of("workflows", "WorkflowRow"),
    "CreatedWorkflow": object_of({"id": TEXT, "workflow": ref("Workflow")}),
    "ValidateRequest": {
        "type": "object",
        "properties": {"definition": {"description": "Whatever shall be checked; see `Definition`."}},
    },
    "Verdict": object_of(
        {
            "valid": {"type": "boolean"},
            "errors": {**list_of(TEXT), "description": "One sentence per problem."},
            "problems": {**list_of(ref("DefinitionProblem")), "description": "The same problems in the same order."},
        }
    ),
    "DefinitionProblem": object_of(
        {
            "code": TEXT,
            "path": {"type": "string", "description": "A JSON Pointer into the definition."},
            "message": TEXT,
            "hint": {"type": "string", "description": "What to do about it; may be empty."},
        }
    ),
}
