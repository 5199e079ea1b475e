"""JSON Schemas of inbound webhooks."""

from stepweave.api.schemas.schema import TEXT, Schema, object_of

SCHEMAS: dict[str, Schema] = {
    "ReceivedHook": {
        "type": "object",
        "properties": {
            "data": object_of({"status": TEXT, "event": TEXT}, optional=frozenset({"event"})),
            "message": TEXT,
            "challenge": TEXT,
        },
    },
}
