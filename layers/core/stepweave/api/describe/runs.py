"""Operations on runs."""

from stepweave.api.describe.operation import BODY, KEY, WORKFLOW_ID, Described, operation

RUN_ROW: Described = {
    "id": "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE",
    "workflow_id": WORKFLOW_ID,
    "workflow_version": 1,
    "status": "completed",
    "trigger": "manual",
    "input_data": {"dataset_id": "ds_123"},
    "output": {"fetch": {"output": {"status_code": 200, "headers": {}, "body": {"rows": 3}}}},
    "error": None,
    "labels": {},
    "run_at": None,
    "created_at": "2026-11-02T14:00:05.120Z",
    "started_at": "2026-11-02T14:00:05.180Z",
    "completed_at": "2026-11-02T14:00:06.420Z",
    "duration_seconds": 1,
    "duration_ms": 1240,
}
STEP_RUN: Described = {
    "step_id": "fetch",
    "status": "completed",
    "output": {"status_code": 200, "headers": {}, "body": {"rows": 3}},
    "error": None,
    "attempt": 1,
    "started_at": "2026-11-02T14:00:05.400Z",
    "completed_at": "2026-11-02T14:00:06.100Z",
    "duration_seconds": 0,
    "duration_ms": 700,
}

START_RUN = operation(
    "Run a workflow",
    202,
    "Accepted: the run will take place. `Idempotent-Replayed: true` when it had been accepted before.",
    "AcceptedRun",
    {"run_id": RUN_ROW["id"]},
    problems=(*KEY, *BODY, 404, 409, 429),
    headers=("Location",),
    body=("StartRunBody", False, {"input_data": {"dataset_id": "ds_123"}, "trigger": "manual"}),
)
LIST_RUNS = operation(
    "List runs of a workflow",
    200,
    "One page.",
    "RunPage",
    {"runs": [RUN_ROW], "total": 1, "next_cursor": None},
    problems=(*KEY, 404, 422),
)
LIST_ALL_RUNS = operation(
    "List runs",
    200,
    "One page.",
    "RunPage",
    {"runs": [RUN_ROW], "total": 1, "next_cursor": None},
    problems=(*KEY, 422),
)
GET_RUN = operation(
    "Get a run", 200, "The run.", "RunAnswer", {"run": RUN_ROW | {"step_runs": [STEP_RUN]}}, problems=(*KEY, 404)
)
LIST_STEP_RUNS = operation(
    "List step runs",
    200,
    "One page.",
    "StepRunPage",
    {"step_runs": [STEP_RUN], "next_cursor": None},
    problems=(*KEY, 404, 422),
)
START_RUN["responses"] = {
    200: {**GET_RUN["responses"][200], "description": "With `wait`: the run, which has finished."},
    **START_RUN["responses"],
}
RUN_INPUT = operation(
    "Get the input of a run", 200, "The value.", "Output", RUN_ROW["input_data"], problems=(*KEY, 404)
)
RUN_OUTPUT = operation("Get the output of a run", 200, "The value.", "Output", RUN_ROW["output"], problems=(*KEY, 404))
STEP_OUTPUT = operation(
    "Get the output of a step run", 200, "The value.", "Output", STEP_RUN["output"], problems=(*KEY, 404)
)
