"""Operations on executions of workflows."""

from typing import Any

from stepweave.api.compozy.describe.operation import BODY, KEY, operation

_ID = "run_01KAFZ6B3T9D2M7QH4YF0ZK8XE"
_AT = "2026-11-02T14:00:05.120Z"
_URL = f"/api/v0/executions/workflows/{_ID}"
TASK: dict[str, Any] = {
    "component": "agent",
    "execution_type": "basic",
    "status": "SUCCESS",
    "task_id": "summarise",
    "task_exec_id": f"{_ID}.summarise",
    "workflow_id": "data-processing",
    "workflow_exec_id": _ID,
    "agent_id": "writer",
    "action_id": "summarise",
    "input": {"text": "{{ steps.fetch.output.body.text }}"},
    "output": {"output": "Three owls."},
    "created_at": _AT,
    "updated_at": "2026-11-02T14:00:06.100Z",
}
EXECUTION: dict[str, Any] = {
    "workflow_id": "data-processing",
    "workflow_exec_id": _ID,
    "exec_id": _ID,
    "status": "SUCCESS",
    "input": {"message": "Hello, world!"},
    "output": {"summarise": {"output": "Three owls."}},
    "tasks": {"summarise": TASK},
    "created_at": _AT,
    "updated_at": "2026-11-02T14:00:06.420Z",
}
_STARTED = {
    "exec_id": _ID,
    "exec_url": _URL,
    "workflow_id": "data-processing",
    "status": "PENDING",
    "created_at": _AT,
    "updated_at": _AT,
}
_OUTPUTS = {name: EXECUTION[name] for name in ("exec_id", "workflow_id", "status", "output")}
_LIST = {"executions": [EXECUTION], "page": {"limit": 500, "total": 1}}
_BODY = {"input": {"message": "Hello, world!"}}

EXECUTE = operation(
    "Execute workflow",
    202,
    "Workflow execution started successfully",
    "StartedExecution",
    _STARTED,
    errors=(*KEY, *BODY, 404, 409, 429),
    headers=("Location",),
    body=("ExecuteWorkflowBody", True, _BODY),
)
EXECUTE_SYNC = operation(
    "Execute workflow and wait for its end",
    200,
    "Workflow execution completed",
    "FinishedExecution",
    {"workflow": EXECUTION, "output": EXECUTION["output"], "exec_id": _ID},
    errors=(*KEY, *BODY, 404, 408, 409, 429),
    headers=("Location",),
    body=("ExecuteWorkflowSyncBody", True, {**_BODY, "timeout": 20}),
)
LIST_OF_WORKFLOW = operation(
    "List executions by workflow ID", 200, "Workflow executions retrieved", "Executions", _LIST, errors=(400, *KEY, 404)
)
LIST_ALL = operation(
    "List all workflow executions", 200, "Workflow executions retrieved", "Executions", _LIST, errors=(400, *KEY)
)
GET = operation(
    "Get workflow execution", 200, "Workflow execution retrieved", "WorkflowExecution", EXECUTION, errors=(*KEY, 404)
)
OUTPUTS = operation(
    "Get the outputs of an execution",
    200,
    "Workflow outputs retrieved",
    "ExecutionOutputs",
    _OUTPUTS,
    errors=(*KEY, 404, 409),
)
CANCEL = operation("Cancel workflow execution", 200, "workflow execution canceled", errors=(*KEY, 404, 409))
PAUSE = operation("Pause workflow execution", 200, "workflow execution paused", errors=(*KEY, 404, 409))
RESUME = operation("Resume workflow execution", 200, "workflow execution resumed", errors=(*KEY, 404, 409))
SIGNAL = operation(
    "Send a signal to an execution",
    200,
    "Signal sent successfully",
    "SentSignal",
    {"message": "Signal sent successfully"},
    errors=(*KEY, *BODY, 404, 409),
    body=("SignalExecutionBody", True, {"signal_name": "approved", "payload": {"by": "ada"}}),
)
STREAM = operation("Stream an execution", 200, "Events", errors=(400, *KEY, 404, 429))
STREAM["responses"][200] = {
    "description": "Events; `id` is an integer that grows.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
STREAM["responses"][204] = {"description": "The execution has ended, and everything is known."}
