"""Operations that rehearse."""

from stepweave.api.describe.operation import BODY, KEY, Described, operation
from stepweave.api.describe.runs import RUN_ROW, STEP_RUN
from stepweave.api.describe.workflows import EXAMPLE_DEFINITION

_MOCKS: Described = {
    "fetch": {"output": {"status_code": 200, "headers": {}, "body": {"rows": 3}}, "times": 1},
    "notify": {"error": {"code": "timeout", "message": "Nobody listened."}},
}
_ANSWER: Described = {
    "run": RUN_ROW | {"step_runs": [STEP_RUN]},
    "assumed": [],
    "trace": [
        {
            "at": "2026-11-02T14:00:05.180Z",
            "step_id": "fetch",
            "event": "attempt",
            "attempt": 1,
            "played_by": "mock",
            "config": {"method": "GET", "url": "https://api.example.com/data"},
        },
        {"at": "2026-11-02T14:00:06.181Z", "step_id": "fetch", "event": "completed"},
    ],
}

REHEARSE_DEFINITION = operation(
    "Test a definition",
    200,
    "The run as it would be.",
    "RehearsalAnswer",
    _ANSWER,
    problems=(*KEY, *BODY),
    body=("RehearseDefinitionBody", True, {"definition": EXAMPLE_DEFINITION, "mocks": _MOCKS}),
)
REHEARSE_WORKFLOW = operation(
    "Test a workflow",
    200,
    "The run as it would be.",
    "RehearsalAnswer",
    _ANSWER,
    problems=(*KEY, *BODY, 404),
    body=("RehearseWorkflowBody", False, {"input_data": {"dataset_id": "ds_123"}, "mocks": _MOCKS}),
)
