"""Operations on API keys: their answers have no member `status`, and their own errors no envelope."""

from typing import Any

from stepweave.api.compozy.describe.operation import Described, operation
from stepweave.api.compozy.problems import bare_error
from stepweave.api.schemas.schema import ref
from stepweave.domain.api_key import key_prefix
from stepweave.errors import BadRequest, Conflict, Fault, Forbidden, Invalid, NotFound, StepweaveError

_ID = "key_01KAFYQ4R2H6S0B9WJ7D3M5XEV"
_KEY = {
    "id": _ID,
    "prefix": key_prefix(_ID),
    "created_at": "2026-11-02T14:00:00.000Z",
    "last_used": "2026-11-02T14:05:12.345Z",
    "name": "generated",
}


def _operation(
    summary: str, status: int, schema: str, example: Any, errors: dict[int, StepweaveError], **more: Any
) -> Described:
    """`errors`: those of the operation itself, by status; one of each."""
    described = operation(summary, status, example["message"], errors=(401,), **more)
    success = {"schema": ref(schema), "example": example}
    described["responses"][status]["content"] = {"application/json": success}
    for each, error in errors.items():
        content = {"schema": ref("CompozyBareError"), "example": bare_error(error)}
        described["responses"][each] = {"description": error.title, "content": {"application/json": content}}
    return described


_NOT_YOURS = Forbidden("admin", "write")

GENERATE_KEY = _operation(
    "Make a key of your role",
    201,
    "GeneratedKey",
    {"data": {"api_key": f"{key_prefix(_ID)}_5f0c...e2"}, "message": "API key generated"},
    {
        400: Invalid([Fault("/expires_at", "This time is over.")]),
        409: Conflict(
            f"Key '{_ID}' and those that come from it have made 100 keys; revoke some of them first.",
            code="too_many_keys",
        ),
    },
    body=("GenerateKeyBody", False, {}),
)
LIST_KEYS = _operation(
    "List your keys", 200, "ListedKeys", {"data": {"keys": [_KEY]}, "message": "API keys retrieved"}, {}
)
REVOKE_KEY = _operation(
    "Revoke a key",
    200,
    "RevokedKey",
    {"data": None, "message": "API key revoked"},
    {
        400: BadRequest("'x' is no id of a key.", code="invalid_id"),
        403: _NOT_YOURS,
        404: NotFound("key", _ID),
        409: Conflict(
            f"Key '{_ID}' is the last one of the role 'admin'; make another one first.", code="last_admin_key"
        ),
    },
)
