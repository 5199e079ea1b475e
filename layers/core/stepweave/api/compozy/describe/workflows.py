"""Operations on workflows."""

from typing import Any

from stepweave.api.compozy.describe.operation import BODY, KEY, operation
from stepweave.api.documents import YAML
from stepweave.api.schemas.schema import ref

_TASK: dict[str, Any] = {"id": "greet", "type": "basic", "agent": "host", "prompt": "Greet {{ .workflow.input.name }}"}
_DOCUMENT: dict[str, Any] = {"id": "greeting", "version": "1.0.0", "tasks": [_TASK]}
_WORKFLOW: dict[str, Any] = {
    "id": "greeting",
    "version": "1.0.0",
    "description": "Says hello.",
    "config": {"input": {"type": "object", "required": ["name"]}},
    "task_count": 1,
    "task_ids": ["greet"],
    "agent_count": 1,
    "tool_count": 0,
    "mcp_count": 0,
    "tasks": ["greet"],
    "agents": ["host"],
    "tools": [],
}
_ROW = _WORKFLOW | {"etag": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"}
_PUT_ERRORS = (*KEY, *BODY, 412, 422)

LIST = operation(
    "List all workflows",
    200,
    "workflows retrieved",
    "Workflows",
    {"workflows": [_ROW], "page": {"limit": 500, "total": 1}},
    errors=(400, *KEY),
)
GET = operation(
    "Get workflow by ID", 200, "workflow retrieved", "Workflow", _WORKFLOW, errors=(*KEY, 404), headers=("ETag",)
)
PUT = operation(
    "Create or update a workflow",
    200,
    "workflow updated",
    "Workflow",
    _WORKFLOW,
    errors=_PUT_ERRORS,
    problems=True,
    headers=("ETag",),
    body=("WorkflowDocument", True, _DOCUMENT),
)
_CREATED = operation("", 201, "workflow created", "Workflow", _WORKFLOW, problems=True, headers=("ETag", "Location"))
PUT["responses"][201] = _CREATED["responses"][201]
PUT["openapi_extra"]["requestBody"]["content"][YAML] = {"schema": ref("WorkflowDocument")}
DELETE = operation("Delete a workflow", 204, "", errors=(*KEY, 409), problems=True)
_READ = (*KEY, 404)
_AGENT, _TOOL = {"id": "host", "instructions": "You greet people."}, {"id": "fetch"}
TASKS = operation("List a workflow's tasks", 200, "tasks retrieved", "WorkflowTasks", {"tasks": [_TASK]}, errors=_READ)
TASK = operation("Get a workflow's task", 200, "task retrieved", "WorkflowMember", _TASK, errors=_READ)
AGENTS = operation(
    "List a workflow's agents", 200, "agents retrieved", "WorkflowAgents", {"agents": [_AGENT]}, errors=_READ
)
AGENT = operation("Get a workflow's agent", 200, "agent retrieved", "WorkflowMember", _AGENT, errors=_READ)
TOOLS = operation("List a workflow's tools", 200, "tools retrieved", "WorkflowTools", {"tools": [_TOOL]}, errors=_READ)
TOOL = operation("Get a workflow's tool", 200, "tool retrieved", "WorkflowMember", _TOOL, errors=_READ)
