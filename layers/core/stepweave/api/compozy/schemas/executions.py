"""JSON Schemas of executions. Of what is absent the member is left out; what is too large is null and at its `_url`."""

from stepweave.api.compozy.words import RUN_STATUSES
from stepweave.api.schemas.schema import OBJECT, TEXT, TIME, URL, Schema, list_of, object_of, ref

_STATUS: Schema = {"enum": list(RUN_STATUSES)}
_LARGE: Schema = {"type": ["object", "null"]}
_ERROR = object_of({"code": TEXT, "message": TEXT, "details": OBJECT})
_USAGE = list_of(ref("TokenUsage"))
_TASK: dict[str, Schema] = {
    "component": {"enum": ["workflow", "task", "agent", "tool", "log"]},
    "execution_type": {
        "enum": ["basic", "router", "parallel", "collection", "composite", "wait", "signal", "aggregate"]
    },
    "status": _STATUS,
    "task_id": TEXT,
    "task_exec_id": TEXT,
    "workflow_id": TEXT,
    "workflow_exec_id": TEXT,
    "parent_state_id": TEXT,
    "agent_id": TEXT,
    "action_id": TEXT,
    "tool_id": TEXT,
    "input": OBJECT,
    "output": _LARGE,
    "output_url": URL,
    "error": _ERROR,
    "usage": _USAGE,
    "created_at": TIME,
    "updated_at": TIME,
}
_OPTIONAL = frozenset(
    {"parent_state_id", "agent_id", "action_id", "tool_id", "output", "output_url", "error", "input_url", "usage"}
)
_EXECUTION: dict[str, Schema] = {
    "workflow_id": TEXT,
    "workflow_exec_id": TEXT,
    "exec_id": TEXT,
    "status": _STATUS,
    "input": _LARGE,
    "input_url": URL,
    "output": _LARGE,
    "output_url": URL,
    "error": _ERROR,
    "usage": _USAGE,
    "tasks": {"type": "object", "additionalProperties": ref("TaskState")},
    "created_at": TIME,
    "updated_at": TIME,
}

SCHEMAS: dict[str, Schema] = {
    "TaskState": object_of(_TASK, optional=_OPTIONAL),
    "WorkflowExecution": object_of(_EXECUTION, optional=_OPTIONAL),
    "Executions": object_of({"executions": list_of(ref("WorkflowExecution")), "page": ref("ResourcePage")}),
    "StartedExecution": object_of(
        {
            "exec_id": TEXT,
            "exec_url": TEXT,
            "workflow_id": TEXT,
            "status": _STATUS,
            "created_at": TIME,
            "updated_at": TIME,
        },
        optional=frozenset({"created_at", "updated_at"}),
    ),
    "FinishedExecution": object_of(
        {"workflow": ref("WorkflowExecution"), "output": _LARGE, "output_url": URL, "exec_id": TEXT},
        optional=frozenset({"output", "output_url"}),
    ),
    "ExecutionOutputs": object_of(
        {
            "exec_id": TEXT,
            "workflow_id": TEXT,
            "status": _STATUS,
            "output": _LARGE,
            "output_url": URL,
            "error": _ERROR,
        },
        optional=_OPTIONAL,
    ),
    "SentSignal": object_of({"message": TEXT}),
}
