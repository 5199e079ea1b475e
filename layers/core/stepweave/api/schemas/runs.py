"""Runs as the contract shows them."""

from typing import get_args

from stepweave.api.schemas.schema import (
    COUNT,
    OBJECT,
    OPTIONAL_COUNT,
    OPTIONAL_TEXT,
    OPTIONAL_TIME,
    OUTPUT,
    TEXT,
    TIME,
    URL,
    Schema,
    list_of,
    object_of,
    page_of,
    ref,
)
from stepweave.domain.run import RunStatus, StepStatus

_RUN: dict[str, Schema] = {
    "id": TEXT,
    "workflow_id": TEXT,
    "workflow_version": {"type": "integer", "minimum": 1},
    "status": {"enum": list(get_args(RunStatus))},
    "stopping": {"enum": ["cancel", "pause"], "description": "While it is still under way: what it is to become."},
    "trigger": TEXT,
    "input_data": {"type": ["object", "null"], "description": "Null when it is at `input_data_url`."},
    "input_data_url": URL,
    "output": OUTPUT,
    "output_url": URL,
    "error": {"anyOf": [ref("Failure"), {"type": "null"}]},
    "labels": {"type": "object", "additionalProperties": TEXT},
    "run_at": OPTIONAL_TIME | {"description": "When it starts, if that was to be later; null otherwise."},
    "created_at": TIME,
    "started_at": OPTIONAL_TIME,
    "completed_at": OPTIONAL_TIME,
    "duration_seconds": OPTIONAL_COUNT,
    "duration_ms": OPTIONAL_COUNT,
}
_URL_ONLY = frozenset({"input_data_url", "output_url", "stopping"})

SCHEMAS: dict[str, Schema] = {
    "AcceptedRun": object_of({"run_id": TEXT}),
    "Failure": object_of({"code": TEXT, "message": TEXT, "details": OBJECT}, "Why a run or a step failed."),
    "FailedAttempt": object_of(
        {
            "attempt": {"type": "integer", "minimum": 1},
            "error": object_of({"code": TEXT, "message": TEXT}),
            "failed_at": TIME,
        },
        "An attempt that failed and was followed by another.",
    ),
    "ModelUsage": object_of({"requests": COUNT, "input_tokens": COUNT, "output_tokens": COUNT}, "Of one model."),
    "WaitingFor": object_of(
        {
            "step_id": TEXT,
            "iteration": TEXT,
            "kind": {"enum": ["time", "condition", "retry", "signal", "slot", "workflow", "start"]},
            "until": OPTIONAL_TIME,
            "signal": TEXT,
            "message": {"type": "string", "description": "Of a signal: what is asked."},
            "approval_url": URL | {"description": "Of a signal: a link that decides it, for keys that may."},
            "limit": {"enum": ["workflow", "key", "deployment"], "description": "Of a slot: whose limit is reached."},
            "workflow_status": {"enum": ["paused", "archived"], "description": "Of a workflow that rests."},
        },
        "What a step waits for, or a queued run.",
        frozenset({"step_id", "iteration", "signal", "message", "approval_url", "limit", "workflow_status"}),
    ),
    "StepRun": object_of(
        {
            "step_id": TEXT,
            "iteration": {"type": "string", "description": "Only inside a loop: positions, outermost first, as `0.3`."},
            "status": {"enum": list(get_args(StepStatus))},
            "output": OUTPUT,
            "output_url": URL,
            "error": {"anyOf": [ref("Failure"), {"type": "null"}]},
            "attempt": COUNT,
            "attempts": list_of(ref("FailedAttempt")),
            "usage": {
                "type": "object",
                "description": "What the step has used of models, by their names.",
                "additionalProperties": ref("ModelUsage"),
            },
            "started_at": OPTIONAL_TIME,
            "completed_at": OPTIONAL_TIME,
            "duration_seconds": OPTIONAL_COUNT,
            "duration_ms": OPTIONAL_COUNT,
        },
        "One step in a run.",
        frozenset({"iteration", "output_url", "attempts", "usage"}),
    ),
    "Run": object_of(
        _RUN
        | {
            "step_runs": list_of(ref("StepRun")),
            "correlation_id": OPTIONAL_TEXT | {"description": "`X-Correlation-ID` of the request that started it."},
            "trace_id": TEXT | {"description": "Of the trace (W3C) that requests of its steps belong to."},
            "waiting_for": list_of(ref("WaitingFor")),
            "queue_position": OPTIONAL_COUNT
            | {"description": "Of a queued run, from 1; null further down than 1,000, and where it does not queue."},
            "transitions": OPTIONAL_COUNT
            | {"description": "State transitions used so far, estimated; null of more than 2,000 nested step runs."},
            "step_runs_truncated": {"const": True, "description": "There are more step runs inside loops than shown."},
        },
        "A run with its step runs.",
        _URL_ONLY
        | {"correlation_id", "trace_id", "waiting_for", "queue_position", "transitions", "step_runs_truncated"},
    ),
    "RunRow": object_of(_RUN, "A run without its step runs.", _URL_ONLY),
    "RunPage": page_of("runs", "RunRow"),
    "StepRunPage": object_of({"step_runs": list_of(ref("StepRun")), "next_cursor": OPTIONAL_TEXT}),
    "RunAnswer": object_of({"run": ref("Run")}),
    "Output": {"description": "Any JSON value."},
}
