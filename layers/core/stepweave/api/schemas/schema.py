"""Building blocks of JSON Schemas."""

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(members: dict[str, Schema], description: str = "", optional: frozenset[str] = frozenset()) -> Schema:
    required = [name for name in members if name not in optional]
    schema: Schema = {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }
    return {"description": description, **schema} if description else schema


def list_of(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def page_of(name: str, row: str) -> Schema:
    return object_of({name: list_of(ref(row)), "total": COUNT, "next_cursor": OPTIONAL_TEXT})


TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
OPTIONAL_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time", "description": "ISO 8601, UTC, milliseconds, `Z`."}
OPTIONAL_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
OBJECT: Schema = {"type": "object"}
OUTPUT: Schema = {"description": "Any JSON value; null while there is none, or when it is at `output_url`."}
URL: Schema = {"type": "string", "description": "Only of a value over 100 KB: where it can be read."}
