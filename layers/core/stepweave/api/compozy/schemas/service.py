"""JSON Schemas of the service itself."""

from stepweave.api.schemas.schema import TEXT, Schema, object_of

SCHEMAS: dict[str, Schema] = {
    "ServiceInfo": object_of(
        {"data": object_of({"name": TEXT, "version": TEXT, "openapi": TEXT, "health": TEXT}), "message": TEXT}
    ),
    "ServiceHealth": object_of(
        {"data": object_of({"status": TEXT, "version": TEXT, "ready": {"type": "boolean"}}), "message": TEXT}
    ),
}
