"""JSON Schemas of errors."""

from stepweave.api.schemas.schema import COUNT, TEXT, Schema, list_of, object_of

SCHEMAS: dict[str, Schema] = {
    "CompozyFailure": {
        "type": "object",
        "properties": {
            "status": {"type": "integer"},
            "error": object_of({"code": TEXT, "message": TEXT, "details": TEXT}),
            "message": TEXT,
            "data": {"type": "object"},
        },
        "required": ["status", "error"],
    },
    "CompozyProblem": object_of(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "error": TEXT,
            "details": TEXT,
            "instance": TEXT,
            "code": TEXT,
            "references": list_of(object_of({"resource": TEXT, "ids": list_of(TEXT)})),
            "retry_after": COUNT,
        },
        optional=frozenset({"references", "retry_after"}),
    ),
}
