"""Signals and approvals."""

from typing import get_args

from stepweave.api.schemas.schema import OPTIONAL_TEXT, OPTIONAL_TIME, TEXT, Schema, list_of, object_of, ref
from stepweave.services.approvals import Status

_ASKED: dict[str, Schema] = {
    "message": {"type": "string", "description": "The wait's `message`, evaluated; empty when it has none."},
    "asked_at": OPTIONAL_TIME,
    "expires_at": OPTIONAL_TIME,
}
_PLACE: dict[str, Schema] = {"step_id": TEXT, "iteration": OPTIONAL_TEXT}

SCHEMAS: dict[str, Schema] = {
    "SentSignal": object_of(
        {
            "signal_id": TEXT,
            "delivered": {"type": "boolean", "description": "Whether a wait has got it; else it is kept."},
        }
    ),
    "ApprovalList": object_of({"approvals": list_of(ref("OpenApproval"))}),
    "OpenApproval": object_of(
        _PLACE
        | {"signal": TEXT}
        | _ASKED
        | {"url": {"type": "string", "description": "Whoever has it can decide, once, without a key."}},
        "A wait for a signal that a run is in.",
    ),
    "Approval": object_of(
        {"run_id": TEXT, "workflow_id": TEXT}
        | _PLACE
        | {"status": {"enum": list(get_args(Status))}}
        | _ASKED
        | {"decision": {"description": "What ended the wait: `{approved, comment}`, or the payload of a signal."}},
        "What an approval link is about.",
    ),
}
