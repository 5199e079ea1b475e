"""Operations on API keys."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation

_ID = "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV"
_WRITTEN: Described = {"name": "ci", "role": "write", "expires_at": "2027-11-02T00:00:00.000Z"}
_KEY: Described = {
    "id": _ID,
    "prefix": "sw_01KAFYQ4R2H6S0B9WJ7D3M5XEV",
    **_WRITTEN,
    "created_at": "2026-11-02T14:00:00.000Z",
    "created_by": "key_01KAFYP8T3M5V7X9Z1B3D5F7H9",
    "rotated_at": None,
    "old_valid_until": None,
    "last_used_at": "2026-11-02T14:05:12.345Z",
}
_NEW: Described = {"key": {**_KEY, "last_used_at": None}, "api_key": f"{_KEY['prefix']}_5f0c...e2"}

CREATE_KEY = operation(
    "Make a key",
    201,
    "The key, and its text, which is not shown again.",
    "NewApiKey",
    _NEW,
    problems=(*KEY, *BODY),
    headers=("Location",),
    body=("CreateKeyBody", True, _WRITTEN),
)
LIST_KEYS = operation(
    "List keys",
    200,
    "One page.",
    "ApiKeyPage",
    {"keys": [_KEY], "total": 1, "next_cursor": None},
    problems=(*KEY, 422),
)
GET_KEY = operation("Get a key", 200, "The key, without its text.", "ApiKey", _KEY, problems=(*KEY, 404))
ROTATE_KEY = operation(
    "Rotate a key",
    200,
    "The key, and its new text, which is not shown again.",
    "NewApiKey",
    _NEW,
    problems=(*KEY, *BODY, 404, 409),
    body=("RotateKeyBody", False, {"grace_seconds": 3600}),
)
REVOKE_KEY = operation("Revoke a key", 204, "Revoked.", problems=(*KEY, 404, 409))
