"""Versions as the contract shows them."""

from stepweave.api.schemas.schema import TEXT, TIME, Schema, list_of, object_of, page_of, ref

_NUMBER: Schema = {"type": "integer", "minimum": 1}
_NOTE: dict[str, Schema] = {
    "version": _NUMBER,
    "change_summary": TEXT,
    "created_at": TIME,
    "created_by": {"type": "string", "description": "Id of a key."},
}

SCHEMAS: dict[str, Schema] = {
    "VersionRow": object_of(_NOTE, "A version without its definition."),
    "VersionPage": page_of("versions", "VersionRow"),
    "Version": object_of(_NOTE | {"definition": ref("Definition")}),
    "Operation": object_of(
        {
            "op": {"enum": ["add", "remove", "replace", "move"]},
            "path": {"type": "string", "description": "A JSON Pointer."},
            "value": {"description": "Of `add` and `replace`."},
            "from": {"type": "string", "description": "Of `move`: a JSON Pointer."},
        },
        "One operation of a JSON Patch (RFC 6902).",
        optional=frozenset({"value", "from"}),
    ),
    "Difference": object_of({"diff": list_of(ref("Operation")), "summary": TEXT, "v1": _NUMBER, "v2": _NUMBER}),
}
