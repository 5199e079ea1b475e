"""JSON Schemas of API keys."""

from stepweave.api.schemas.schema import OPTIONAL_TEXT, OPTIONAL_TIME, TEXT, TIME, Schema, object_of, page_of, ref
from stepweave.domain.api_key import ROLES

_NEW_TEXT: Schema = {"type": "string", "description": "What to send as a bearer token; it is not shown again."}

SCHEMAS: dict[str, Schema] = {
    "ApiKey": object_of(
        {
            "id": TEXT,
            "prefix": {"type": "string", "description": "How the key's text begins."},
            "name": TEXT,
            "role": {"enum": list(ROLES)},
            "created_at": TIME,
            "created_by": {**OPTIONAL_TEXT, "description": "Id of a key; null for an operator."},
            "expires_at": {**OPTIONAL_TIME, "description": "Null: never."},
            "rotated_at": {**OPTIONAL_TIME, "description": "When it got the text that it has."},
            "old_valid_until": {**OPTIONAL_TIME, "description": "Up to when an older text is, or was, valid."},
            "last_used_at": {**OPTIONAL_TIME, "description": "Null: not yet, or only while nothing limited requests."},
        }
    ),
    "ApiKeyPage": page_of("keys", "ApiKey"),
    "NewApiKey": object_of({"key": ref("ApiKey"), "api_key": _NEW_TEXT}),
}
