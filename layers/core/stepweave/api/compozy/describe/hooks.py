"""Operations on inbound webhooks."""

from typing import Any

from stepweave.api.schemas.schema import ref

_ACCEPTED = {"data": {"status": "accepted", "event": "paid"}, "message": "Success"}
_FILTERED = {"data": {"status": "no_matching_event"}, "message": "Success"}
_REFUSALS = {
    400: ("The body is not JSON.", "Bad request", "The body is not valid JSON: Expecting value at line 1, column 1."),
    401: ("The signature is not good.", "Authentication required", "The signature of this delivery is missing."),
    404: ("No workflow has such a hook.", "Not found", "There is no hook 'orders'."),
    409: ("The delivery has come before.", "Conflict", "This delivery has come before and started run 'run_1'."),
    413: ("The body is over 1 MB.", "Payload too large", "The body is over the limit of 1048576 bytes."),
    422: ("It does not fit the event's schema.", "Invalid input", "/id: 'id' is a required property"),
}


def _media(schema: str, example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": ref(schema)}
    return {"application/json": content if example is None else {**content, "example": example}}


RECEIVE: dict[str, Any] = {
    "summary": "Receive a webhook",
    "status_code": 202,
    "responses": {
        202: {"description": "An execution was started.", "content": _media("ReceivedHook", _ACCEPTED)},
        200: {"description": "No event takes it.", "content": _media("ReceivedHook", _FILTERED)},
        **{
            status: {"description": told, "content": _media("CompozyBareError", {"error": title, "details": details})}
            for status, (told, title, details) in _REFUSALS.items()
        },
        "default": {"description": "Any other error, in the same form.", "content": _media("CompozyBareError")},
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}, "example": {"id": "evt_1"}}},
        }
    },
}
