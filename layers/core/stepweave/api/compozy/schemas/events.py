"""JSON Schemas of events."""

from stepweave.api.schemas.schema import TEXT, Schema, object_of

SCHEMAS: dict[str, Schema] = {"PublishedEvent": object_of({"message": TEXT, "event_id": TEXT})}
