"""JSON Schemas of API keys."""

from stepweave.api.schemas.schema import TEXT, TIME, Schema, list_of, object_of

_LISTED = object_of(
    {"id": TEXT, "prefix": TEXT, "created_at": TIME, "last_used": TIME, "name": TEXT, "expires_at": TIME},
    optional=frozenset({"last_used", "name", "expires_at"}),
)

SCHEMAS: dict[str, Schema] = {
    "GeneratedKey": object_of({"data": object_of({"api_key": TEXT}), "message": TEXT}),
    "ListedKeys": object_of({"data": object_of({"keys": list_of(_LISTED)}), "message": TEXT}),
    "RevokedKey": object_of({"data": {"type": "null"}, "message": TEXT}),
    "CompozyBareError": object_of({"error": TEXT, "details": TEXT}),
}
