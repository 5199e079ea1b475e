"""Executions: start, status, the active ones; and the surface's document."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.bodies import Body, RawBody
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.paths import RunId, WorkflowRef
from stepweave.api.syntropic137 import describe
from stepweave.api.syntropic137.answers import execution_json, started
from stepweave.api.syntropic137.auth import Reader, Writer
from stepweave.api.syntropic137.payloads import execute_request
from stepweave.api.use_cases import Api
from stepweave.errors import BadRequest, NotFound

router = APIRouter(prefix="/workflows", tags=["executions"])

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most, the newest first.")]


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The document (OpenAPI 3.1); it needs no key."""
    return answer(request.app.state.document())


@router.post("/{workflow_id:workflow_ref}/execute", **describe.EXECUTE)
def execute_workflow(
    caller: Writer, workflow_id: WorkflowRef, raw: RawBody, body: Body, key: IdempotencyKey, api: Api
) -> Response:
    """Starts a run of the workflow; `inputs` and `task` are its input."""
    if not raw.strip():
        raise BadRequest("Field required: send a JSON object, `{}` for no inputs.", code="missing")
    run = api.runs.start(caller, workflow_id, execute_request(body, key))
    return started(run.state.run_id, api.workflows.name(run.state.workflow_id), replayed=run.replayed)


@router.get("/{workflow_id:workflow_ref}/executions/{run_id}", **describe.GET_EXECUTION)
def get_execution(_caller: Reader, workflow_id: WorkflowRef, run_id: RunId, api: Api) -> Response:
    """Where an execution of that workflow stands. Its phases are the steps of the version that it runs."""
    run = api.runs.get(run_id, None)
    name = api.workflows.name(run["workflow_id"])
    if workflow_id not in (name, run["workflow_id"]):
        raise NotFound("execution", f"{run_id}' of workflow '{workflow_id}")
    return answer(execution_json(run, name))


@router.get("/executions/active", **describe.LIST_ACTIVE)
def list_active(_caller: Reader, api: Api, limit: Limit = 20) -> Response:
    """Executions that run, wait, are paused or pending, of all workflows, the newest first."""
    runs = api.runs.active(limit)
    names = {workflow_id: api.workflows.name(workflow_id) for workflow_id in {run["workflow_id"] for run in runs}}
    return answer([execution_json(run, names[run["workflow_id"]]) for run in runs])
