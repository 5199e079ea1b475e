"""Executions of workflows: start, read, list, control."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stepweave.api.auth import READ, Reader, Writer
from stepweave.api.bodies import Body, RawBody
from stepweave.api.compozy.answers import executions as answers
from stepweave.api.compozy.correlation import CORRELATED
from stepweave.api.compozy.describe import executions as describe
from stepweave.api.compozy.envelope import envelope
from stepweave.api.compozy.executing import created_at, ended, name_of, run_to_end, shown, start
from stepweave.api.compozy.execution_events import ExecutionStream, of_execution
from stepweave.api.compozy.executions_query import ExecutionFilters
from stepweave.api.compozy.pages import UnpagedListing
from stepweave.api.compozy.paths import ExecId
from stepweave.api.compozy.payloads.executions import execute_request, execute_sync_request, signal_request
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.paths import WorkflowRef
from stepweave.api.stream import stream
from stepweave.api.use_cases import Api
from stepweave.services.resume import Resume

router = APIRouter(prefix="/api/v0", tags=["executions"])


@router.post("/workflows/{workflow_id:workflow_ref}/executions", dependencies=[CORRELATED], **describe.EXECUTE)
def execute_workflow(
    caller: Writer,
    workflow_id: WorkflowRef,
    raw: RawBody,
    body: Body,
    key: IdempotencyKey,
    api: Api,
) -> Response:
    """Starts an execution and answers at once, with where to follow it. Members that are not described are ignored."""
    run = start(caller, workflow_id, *execute_request(raw, body, key), api)
    return answers.started(run, api.workflows.name(run.state.workflow_id), created_at(run, api))


@router.post(
    "/workflows/{workflow_id:workflow_ref}/executions/sync", dependencies=[CORRELATED], **describe.EXECUTE_SYNC
)
async def execute_workflow_sync(
    caller: Writer,
    workflow_id: WorkflowRef,
    raw: RawBody,
    body: Body,
    key: IdempotencyKey,
    api: Api,
) -> Response:
    """Starts an execution and waits for its end: 200 whatever has become of it, which `workflow.status` tells. One that
    does not end in time goes on: 408, with `data.exec_id` to follow it."""
    request, task_id, timeout = execute_sync_request(raw, body, key)
    run = await run_in_threadpool(start, caller, workflow_id, request, task_id, api)
    return await run_to_end(run, timeout, api)


@router.get("/workflows/{workflow_id:workflow_ref}/executions", dependencies=[READ], **describe.LIST_OF_WORKFLOW)
def list_workflow_executions(
    workflow_id: WorkflowRef, filters: ExecutionFilters, listing: UnpagedListing, request: Request, api: Api
) -> Response:
    """Executions of a workflow: the newest 500, or a page, each page with the last changed first."""
    found = api.runs.page_of_detailed(workflow_id, filters, listing)
    return answers.listed(shown(found.rows, api), found, listing.limit, request)


@router.get("/executions/workflows", dependencies=[READ], **describe.LIST_ALL)
def list_executions(filters: ExecutionFilters, listing: UnpagedListing, request: Request, api: Api) -> Response:
    """Executions of all workflows: the newest 500, or a page, each page with the last changed first."""
    found = api.runs.page_of_detailed(None, filters, listing)
    return answers.listed(shown(found.rows, api), found, listing.limit, request)


@router.get("/executions/workflows/{exec_id}", dependencies=[READ], **describe.GET)
def get_execution(exec_id: ExecId, api: Api) -> Response:
    """The execution with its tasks: of each step that has begun its step run, of one inside a loop the newest."""
    run = api.runs.detailed(exec_id)
    return answers.one_execution(run, name_of(run, api))


@router.get("/executions/workflows/{exec_id}/outputs", dependencies=[READ], **describe.OUTPUTS)
def get_outputs(exec_id: ExecId, api: Api) -> Response:
    """What an execution that has ended left, whatever has become of it; 409 before."""
    run = ended(exec_id, api)
    return answers.outputs(run, name_of(run, api))


@router.post("/executions/workflows/{exec_id}/cancel", **describe.CANCEL)
def cancel_execution(caller: Writer, exec_id: ExecId, api: Api) -> Response:
    """Starts no further task and ends the execution, which is `CANCELED` within seconds; 409 when it has ended."""
    api.control.cancel(caller, exec_id)
    return envelope("workflow execution canceled")


@router.post("/executions/workflows/{exec_id}/pause", **describe.PAUSE)
def pause_execution(caller: Writer, exec_id: ExecId, api: Api) -> Response:
    """Starts no further task until it is resumed; what is under way finishes. 409 when it has ended."""
    api.control.pause(caller, exec_id)
    return envelope("workflow execution paused")


@router.post("/executions/workflows/{exec_id}/resume", **describe.RESUME)
def resume_execution(_caller: Writer, exec_id: ExecId, api: Api) -> Response:
    """Lets an execution that is paused or has ended go on where it stopped; 409 while it is under way."""
    api.control.resume(exec_id, Resume())
    return envelope("workflow execution resumed")


@router.post("/executions/workflows/{exec_id}/signals", **describe.SIGNAL)
def signal_execution(caller: Writer, exec_id: ExecId, body: Body, key: IdempotencyKey, api: Api) -> Response:
    """Ends the execution's oldest wait for a signal of that name; a signal that comes before the wait is kept for
    it."""
    sent = api.signals.send(caller, exec_id, signal_request(exec_id, body, key))
    return answers.signalled(sent)


@router.get("/executions/workflows/{exec_id}/stream", **describe.STREAM)
async def stream_execution(exec_id: ExecId, caller: Reader, wanted: ExecutionStream, api: Api) -> Response:
    """Server-Sent Events: all that the execution has told, then what it tells, until it ends. `Last-Event-ID` resumes
    after an event. 204: it has ended and everything is known."""
    uses = await run_in_threadpool(of_execution, exec_id, wanted, api)
    return await stream(exec_id, caller.key_id, wanted.after, uses)
