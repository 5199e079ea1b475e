"""Operations on versions."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation
from stepweave.api.describe.workflows import EXAMPLE_DEFINITION, WORKFLOW

_ROW: Described = {
    "version": 2,
    "change_summary": "Added 1 step",
    "created_at": "2026-11-02T15:00:00.000Z",
    "created_by": WORKFLOW["created_by"],
}

LIST_VERSIONS = operation(
    "List versions",
    200,
    "One page.",
    "VersionPage",
    {"versions": [_ROW], "total": 1, "next_cursor": None},
    problems=(*KEY, 404, 422),
)
GET_VERSION = operation(
    "Get a version", 200, "The version.", "Version", _ROW | {"definition": EXAMPLE_DEFINITION}, problems=(*KEY, 404)
)
ROLLBACK = operation(
    "Roll back to a version",
    200,
    "The bare workflow as it is now.",
    "Workflow",
    WORKFLOW | {"version": 3, "updated_at": "2026-11-02T16:00:00.000Z"},
    problems=(*KEY, *BODY, 404, 412),
    headers=("ETag",),
    body=("RollbackBody", True, {"version": 1}),
)
_DIFFERENCE: Described = {
    "diff": [
        {"op": "add", "path": "/steps/1", "value": EXAMPLE_DEFINITION["steps"][1]},
        {"op": "replace", "path": "/steps/0/config/url", "value": "https://api.example.com/data"},
    ],
    "summary": "Added 1 step, modified 1 step",
    "v1": 1,
    "v2": 2,
}


def _with_text(described: Described) -> Described:
    """Who takes no JSON gets text."""
    text = "--- version 1\n+++ version 2\n@@ -1,3 +1,3 @@\n"
    described["responses"][200]["content"]["text/plain"] = {"schema": {"type": "string"}, "example": text}
    return described


DIFF = _with_text(
    operation("Compare two versions", 200, "The difference.", "Difference", _DIFFERENCE, problems=(*KEY, 404, 422))
)
