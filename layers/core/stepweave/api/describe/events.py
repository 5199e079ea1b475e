"""Operations on events."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation
from stepweave.api.schemas.schema import ref

_RUN_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"
_AT = "2026-11-02T14:00:05.400Z"
_STARTED = {"run_id": _RUN_ID, "step_id": "fetch", "timestamp": _AT}
_TEXT = f'id: 1\nevent: step_started\ndata: {{"run_id":"{_RUN_ID}","step_id":"fetch","timestamp":"{_AT}"}}\n\n'

LIST_EVENTS = operation(
    "List events of a run",
    200,
    "The next events.",
    "EventPage",
    {"events": [{"id": "1", "event": "step_started", "data": _STARTED}], "next": "1", "done": False},
    problems=(*KEY, 404, 422),
)
STREAM_EVENTS: Described = operation(
    "Stream events of a run", 200, "Events as they come.", "EventStream", {}, problems=(*KEY, 404, 422, 429)
)
STREAM_EVENTS["responses"][200]["content"] = {"text/event-stream": {"schema": ref("EventStream"), "example": _TEXT}}
STREAM_EVENTS["responses"][204] = {"description": "The run has finished, and all its events are known."}
ISSUE_TICKET = operation(
    "Make a ticket for the stream of a run",
    201,
    "The ticket; it is not shown again.",
    "Ticket",
    {
        "ticket": "swt_5f0c...",
        "url": f"/api/workflows/runs/{_RUN_ID}/stream?ticket=swt_5f0c...",
        "expires_at": "2026-11-02T14:05:05.400Z",
    },
    problems=(*KEY, *BODY, 404),
    body=("IssueTicketBody", False, {}),
)
