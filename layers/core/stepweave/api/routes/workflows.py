"""Workflows: create, read, change, delete, list, validate."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import page
from stepweave.api.answers.workflows import created_workflow, one_workflow, verdict, workflow_json
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import workflows as describe
from stepweave.api.forced import Force
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.if_match import Expected
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads.body import object_body
from stepweave.api.payloads.workflows import (
    create_workflow_request,
    replace_workflow_request,
    set_status_request,
)
from stepweave.api.use_cases import Api
from stepweave.api.wanted_workflows import WantedWorkflows
from stepweave.services.workflow_deletion import DeleteWorkflow

router = APIRouter(tags=["workflows"])


@router.post("/api/workflows", **describe.CREATE_WORKFLOW)
def create_workflow(caller: Writer, body: Body, key: IdempotencyKey, api: Api) -> Response:
    """Stores version 1 of a definition under a new id. Every problem of the body and of the definition is answered at
    once, each with its place; then nothing is stored."""
    request = create_workflow_request(body, api.workflows.validate, key)
    return created_workflow(api.workflows.create(caller, request))


@router.get("/api/workflows", dependencies=[READ], **describe.LIST_WORKFLOWS)
def list_workflows(wanted: WantedWorkflows, api: Api) -> Response:
    """Workflows that pass all filters, by `updated_at`, newest first. Rows leave the definition out."""
    found = api.workflows.page(*wanted)
    return page("workflows", [workflow_json(row) for row in found.rows], found)


@router.post("/api/workflows/validate", dependencies=[READ], **describe.VALIDATE)
def validate(body: Body, api: Api) -> Response:
    """Checks a definition as create does and stores nothing. The answer is 200 for every JSON object."""
    return verdict(api.workflows.validate(object_body(body).get("definition")))


@router.get("/api/workflows/{workflow_id:workflow_ref}", dependencies=[READ], **describe.GET_WORKFLOW)
def get_workflow(workflow_id: WorkflowRef, api: Api) -> Response:
    """The workflow with its current definition, as it was sent. `ETag` changes with every change of the workflow."""
    return one_workflow(*api.workflows.get(workflow_id))


@router.put("/api/workflows/{workflow_id:workflow_ref}", **describe.REPLACE_WORKFLOW)
def replace_workflow(caller: Writer, workflow_id: WorkflowRef, body: Body, expected: Expected, api: Api) -> Response:
    """Gives a workflow a new definition, and so a new version, unless it equals the one it has. Members that are left
    out stay as they are. A request that changes nothing leaves `ETag` and `updated_at` as they are."""
    request = replace_workflow_request(body, api.workflows.validate, expected)
    return one_workflow(*api.workflows.replace(caller, workflow_id, request))


@router.patch("/api/workflows/{workflow_id:workflow_ref}/status", **describe.SET_STATUS)
def set_workflow_status(caller: Writer, workflow_id: WorkflowRef, body: Body, expected: Expected, api: Api) -> Response:
    """Any status may follow any other. A `draft` runs by hand only, `active` by anything, `paused` and `archived` start
    nothing. Runs under way go on."""
    return one_workflow(*api.workflows.set_status(caller, workflow_id, set_status_request(body, expected)))


@router.delete("/api/workflows/{workflow_id:workflow_ref}", **describe.DELETE_WORKFLOW)
def delete_workflow(caller: Writer, workflow_id: WorkflowRef, force: Force, expected: Expected, api: Api) -> Response:
    """Removes a workflow with its versions, schedules and state machines. Finished runs can be read as before. While
    runs are active it is refused, unless they may be cancelled."""
    api.workflows.delete(caller, workflow_id, DeleteWorkflow(force, expected))
    return Response(status_code=204)
