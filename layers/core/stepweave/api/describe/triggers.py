"""Operations that start workflows from outside."""

from stepweave.api.describe.operation import BODY, operation

_RUN_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"

RECEIVE_WEBHOOK = operation(
    "Deliver a webhook",
    202,
    "Accepted: the run has been made.",
    "ReceivedWebhook",
    {"message": "accepted", "run_id": _RUN_ID},
    problems=(401, *BODY, 404, 409),
    headers=("Location",),
    body=("WebhookBody", False, {"action": "opened"}),
)
RECEIVE_WEBHOOK["responses"][200] = {
    "description": "The delivery is in order and starts nothing: no filter of the trigger lets it pass, or it is "
    "the question of Slack whether anybody is there, which is answered.",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/PassedOverWebhook"},
            "example": {"message": "filtered", "run_id": None},
        }
    },
}
