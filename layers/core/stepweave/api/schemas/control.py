"""Answers to requests that control runs."""

from typing import get_args

from stepweave.api.schemas.schema import COUNT, OPTIONAL_TEXT, TEXT, Schema, list_of, object_of
from stepweave.domain.run import RunStatus

SCHEMAS: dict[str, Schema] = {
    "ControlledRun": object_of(
        {
            "run_id": TEXT,
            "status": {"enum": list(get_args(RunStatus))},
            "stopping": {"enum": ["cancel", "pause"], "description": "While it is under way: what it is to become."},
        },
        "A run that was told to stop or to go on, as it is now.",
        frozenset({"stopping"}),
    ),
    "CancelledRuns": object_of({"cancelled": COUNT, "run_ids": list_of(TEXT), "next_cursor": OPTIONAL_TEXT}),
}
