"""API keys as answers show them: never with a secret, but when it is new."""

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.domain.api_key import ApiKey, key_prefix


def key_json(key: ApiKey) -> Json:
    return {
        "id": key.id,
        "prefix": key_prefix(key.id),
        "name": key.name,
        "role": key.role,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "rotated_at": key.rotated_at,
        "old_valid_until": max(key.old_secrets.values(), default=None),
        "last_used_at": key.last_used_at,
    }


def created_key(key: ApiKey, text: str) -> Response:
    return _once(key, text, 201, {"location": f"/api/keys/{key.id}"})


def rotated_key(key: ApiKey, text: str) -> Response:
    return _once(key, text, 200, {})


def _once(key: ApiKey, text: str, status: int, headers: dict[str, str]) -> Response:
    """With its text, which no cache may keep."""
    shown = {"key": key_json(key), "api_key": text}
    return answer(shown, status=status, headers={**headers, "cache-control": "no-store"})
