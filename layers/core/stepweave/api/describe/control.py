"""Operations that control runs."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation

_RUN_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"
_STOPPING: Described = {"run_id": _RUN_ID, "status": "running", "stopping": "cancel"}

CANCEL_RUN = operation(
    "Cancel a run",
    202,
    "The run is cancelled, or about to be.",
    "ControlledRun",
    _STOPPING,
    problems=(*KEY, 404, 409),
)
PAUSE_RUN = operation(
    "Pause a run",
    202,
    "The run is paused, or about to be.",
    "ControlledRun",
    _STOPPING | {"stopping": "pause"},
    problems=(*KEY, 404, 409),
)
RESUME_RUN = operation(
    "Resume a run",
    202,
    "The run goes on, or queues for it.",
    "ControlledRun",
    {"run_id": _RUN_ID, "status": "queued"},
    problems=(*KEY, *BODY, 404, 409),
    body=("ResumeBody", False, {"from_step": "fetch"}),
)
DELETE_RUN: Described = operation("Delete a run", 204, "It is gone.", problems=(*KEY, 404, 409))
CANCEL_RUNS = operation(
    "Cancel runs of a workflow",
    202,
    "The runs are cancelled, or about to be.",
    "CancelledRuns",
    {"cancelled": 1, "run_ids": [_RUN_ID], "next_cursor": None},
    problems=(*KEY, *BODY, 404),
    body=("CancelRunsBody", False, {"status": ["queued"], "labels": {"team": "data"}, "older_than": "1h"}),
)
