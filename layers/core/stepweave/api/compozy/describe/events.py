"""Operations on events."""

from stepweave.api.compozy.describe.operation import BODY, KEY, operation

_EVENT = {"message": "event received", "event_id": "evt_01KAFZ8C1M5V3X9R7T2N4Q6S8P"}

PUBLISH_EVENT = operation(
    "Send a signal to workflows",
    202,
    "event received",
    "PublishedEvent",
    _EVENT,
    errors=(*KEY, *BODY, 409),
    body=("PublishBody", True, {"name": "order.created", "payload": {"order_id": 4711}}),
)
