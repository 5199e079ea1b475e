"""Errors and health."""

from stepweave.api.schemas.schema import TEXT, Schema, list_of, object_of, ref

SCHEMAS: dict[str, Schema] = {
    "Problem": object_of(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened and what to do, for people."},
            "instance": {"type": "string", "format": "uri-reference", "description": "The path of the request."},
            "code": {"type": "string", "description": "Stable and machine-readable."},
            "errors": list_of(ref("Fault")),
        },
        "An error (RFC 9457). `errors` is there for invalid input (422).",
        frozenset({"errors"}),
    ),
    "Fault": object_of(
        {
            "path": {"type": "string", "description": "A JSON Pointer into the body, or `?name`, a query parameter."},
            "message": TEXT,
        },
        "One located complaint about a request.",
    ),
    "Health": object_of({"status": {"const": "ok"}}),
}
