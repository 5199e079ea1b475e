"""Events as the contract shows them."""

from typing import get_args

from stepweave.api.schemas.schema import OBJECT, OPTIONAL_TEXT, TEXT, TIME, Schema, list_of, object_of, ref
from stepweave.domain.story import EventKind

_NAMES = [name for name in get_args(EventKind) if name != "passed"]

SCHEMAS: dict[str, Schema] = {
    "Event": object_of(
        {"id": {"type": "string", "description": "Its place in the story."}, "event": {"enum": _NAMES}, "data": OBJECT},
        "What a run tells. `data` holds `run_id`, `timestamp`, and of a step `step_id` (inside loops `iteration`).",
    ),
    "EventPage": object_of({"events": list_of(ref("Event")), "next": OPTIONAL_TEXT, "done": {"type": "boolean"}}),
    "EventStream": {"description": "Lines of `id`, `event` and `data`, comments as heartbeat."},
    "Ticket": object_of({"ticket": TEXT, "url": TEXT, "expires_at": TIME}, "Lets a browser follow one run."),
}
