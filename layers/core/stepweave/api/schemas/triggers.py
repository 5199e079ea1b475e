"""Answers to those who start workflows from outside."""

from stepweave.api.schemas.schema import TEXT, Schema, object_of

SCHEMAS: dict[str, Schema] = {
    "WebhookBody": {"description": "Anything: JSON, a form, or text; an object unless the trigger says otherwise."},
    "ReceivedWebhook": object_of({"message": TEXT, "run_id": TEXT}),
    "PassedOverWebhook": {
        "oneOf": [
            object_of({"message": {"const": "filtered"}, "run_id": {"type": "null"}}),
            object_of({"challenge": TEXT}),
        ]
    },
}
