"""API keys as Compozy shows them, in answers without a member `status`."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.domain.api_key import ApiKey, key_prefix


def said(message: str, data: Any) -> Response:
    """-> `{"data": ..., "message": "..."}`; `data` may be null."""
    return answer({"data": data, "message": message})


def generated(text: str) -> Response:
    """With the key's text, which no cache may keep."""
    shown = {"data": {"api_key": text}, "message": "API key generated"}
    return answer(shown, status=201, headers={"cache-control": "no-store"})


def keys_json(keys: Sequence[ApiKey]) -> list[Json]:
    return [_key_json(key) for key in keys]


def _key_json(key: ApiKey) -> Json:
    shown = {
        "id": key.id,
        "prefix": key_prefix(key.id),
        "created_at": key.created_at,
        "last_used": key.last_used_at,
        "name": key.name or None,
        "expires_at": key.expires_at,
    }
    return {name: value for name, value in shown.items() if value is not None}
