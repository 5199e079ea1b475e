"""Workflows: create, read, list, validate."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import page
from stepweave.api.answers.workflows import created_workflow, one_workflow, verdict, workflow_json
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import workflows as describe
from stepweave.api.pages import Listing
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads.body import object_body
from stepweave.api.payloads.workflows import create_workflow_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["workflows"])


@router.post("/api/workflows", **describe.CREATE_WORKFLOW)
def create_workflow(caller: Writer, body: Body, api: Api) -> Response:
    """Stores version 1 of a definition under a new id. Every problem of the body and of the definition is answered at
    once, each with its place; then nothing is stored."""
    request = create_workflow_request(body, api.workflows.validate)
    return created_workflow(*api.workflows.create(caller, request))


@router.get("/api/workflows", dependencies=[READ], **describe.LIST_WORKFLOWS)
def list_workflows(listing: Listing, api: Api) -> Response:
    """Workflows by `updated_at`, newest first. Rows leave the definition out."""
    found = api.workflows.page(listing)
    return page("workflows", [workflow_json(row) for row in found.rows], found)


@router.post("/api/workflows/validate", dependencies=[READ], **describe.VALIDATE)
def validate(body: Body, api: Api) -> Response:
    """Checks a definition as create does and stores nothing. The answer is 200 for every JSON object."""
    return verdict(api.workflows.validate(object_body(body).get("definition")))


@router.get("/api/workflows/{workflow_id:workflow_ref}", dependencies=[READ], **describe.GET_WORKFLOW)
def get_workflow(workflow_id: WorkflowRef, api: Api) -> Response:
    """The workflow with its current definition, as it was sent. `ETag` changes with every change of the workflow."""
    return one_workflow(*api.workflows.get(workflow_id))
