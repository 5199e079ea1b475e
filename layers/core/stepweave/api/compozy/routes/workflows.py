"""Workflows: list, read, put, delete; their tasks, agents and tools."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from stepweave.api.auth import READ, Writer
from stepweave.api.compozy import workflow_members
from stepweave.api.compozy.answers import workflows as answers
from stepweave.api.compozy.describe import workflows as describe
from stepweave.api.compozy.if_match import Expected
from stepweave.api.compozy.workflows_query import Expanded, Force, WantedWorkflows
from stepweave.api.documents import DocumentBody
from stepweave.api.paths import WorkflowRef
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0/workflows", tags=["workflows"])
MemberId = Annotated[str, Path(description="Its id in the workflow.")]
_ONE = "/{workflow_id:workflow_ref}"


@router.get("", dependencies=[READ], **describe.LIST)
def list_workflows(wanted: WantedWorkflows, expand: Expanded, request: Request, api: Api) -> Response:
    """Workflows by id: the first 500, or a page. `q` is how the id begins."""
    found = api.workflows.named(wanted.prefix, wanted.limit, wanted.cursor)
    return answers.page_of_workflows(found, wanted.limit, expand, request)


@router.get(_ONE, dependencies=[READ], **describe.GET)
def get_workflow(workflow_id: WorkflowRef, expand: Expanded, api: Api) -> Response:
    """The workflow. What was put as a document of Compozy's is shown as that document has it."""
    found = api.workflows.get(workflow_id)
    return answers.one_workflow(workflow_members.whole(*found, expand, api), *found)


@router.put(_ONE, **describe.PUT)
def put_workflow(
    caller: Writer, workflow_id: WorkflowRef, body: DocumentBody, expected: Expected, expand: Expanded, api: Api
) -> Response:
    """Makes a workflow under a name, or gives it another definition, and so a new version. Takes Compozy's `tasks`,
    which are translated, or `steps`; JSON, or YAML by its content type. It can be executed at once."""
    put = workflow_members.put(caller, workflow_id, body, expected, api)
    return answers.put_workflow(workflow_members.whole(put.workflow, put.version, expand, api), put)


@router.delete(_ONE, **describe.DELETE)
def delete_workflow(caller: Writer, workflow_id: WorkflowRef, api: Api, force: Force = False) -> Response:
    """204 also when there is none; 409 names active executions, which keep it unless they may be canceled."""
    workflow_members.delete(caller, workflow_id, api, force=force)
    return Response(status_code=204)


@router.get(_ONE + "/tasks", dependencies=[READ], **describe.TASKS)
def list_workflow_tasks(workflow_id: WorkflowRef, api: Api) -> Response:
    """The tasks of a workflow, whole."""
    return answers.members("tasks", workflow_members.members(workflow_id, "tasks", api))


@router.get(_ONE + "/tasks/{task_id}", dependencies=[READ], **describe.TASK)
def get_workflow_task(workflow_id: WorkflowRef, task_id: MemberId, api: Api) -> Response:
    """A task of a workflow."""
    return answers.member("task", workflow_members.member(workflow_id, "task", task_id, api))


@router.get(_ONE + "/agents", dependencies=[READ], **describe.AGENTS)
def list_workflow_agents(workflow_id: WorkflowRef, api: Api) -> Response:
    """The agents that a workflow names."""
    return answers.members("agents", workflow_members.members(workflow_id, "agents", api))


@router.get(_ONE + "/agents/{agent_id}", dependencies=[READ], **describe.AGENT)
def get_workflow_agent(workflow_id: WorkflowRef, agent_id: MemberId, api: Api) -> Response:
    """An agent that a workflow names."""
    return answers.member("agent", workflow_members.member(workflow_id, "agent", agent_id, api))


@router.get(_ONE + "/tools", dependencies=[READ], **describe.TOOLS)
def list_workflow_tools(workflow_id: WorkflowRef, api: Api) -> Response:
    """The tools that a workflow names."""
    return answers.members("tools", workflow_members.members(workflow_id, "tools", api))


@router.get(_ONE + "/tools/{tool_id}", dependencies=[READ], **describe.TOOL)
def get_workflow_tool(workflow_id: WorkflowRef, tool_id: MemberId, api: Api) -> Response:
    """A tool that a workflow names."""
    return answers.member("tool", workflow_members.member(workflow_id, "tool", tool_id, api))
