"""Workflows: create, read, list, validate."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api import answers, describe
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.pages import Listing
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads import create_workflow_request, object_body
from stepweave.api.use_cases import Api

router = APIRouter(tags=["workflows"])


@router.post("/api/workflows", **describe.CREATE_WORKFLOW)
def create_workflow(caller: Writer, body: Body, api: Api) -> Response:
    """Stores version 1 of a definition under a new id. Every problem of the body and of the definition is answered at
    once, each with its place; then nothing is stored."""
    request = create_workflow_request(body, api.validate_definition)
    return answers.created_workflow(*api.create_workflow(caller, request))


@router.get("/api/workflows", dependencies=[READ], **describe.LIST_WORKFLOWS)
def list_workflows(listing: Listing, api: Api) -> Response:
    """Workflows by `updated_at`, newest first. Rows leave the definition out."""
    found = api.list_workflows(listing)
    return answers.page("workflows", [answers.workflow_json(row) for row in found.rows], found)


@router.post("/api/workflows/validate", dependencies=[READ], **describe.VALIDATE)
def validate(body: Body, api: Api) -> Response:
    """Checks a definition as create does and stores nothing. The answer is 200 for every JSON object."""
    return answers.verdict(api.validate_definition(object_body(body).get("definition")))


@router.get("/api/workflows/{workflow_id:workflow_ref}", dependencies=[READ], **describe.GET_WORKFLOW)
def get_workflow(workflow_id: WorkflowRef, api: Api) -> Response:
    """The workflow with its current definition, as it was sent. `ETag` changes with every change of the workflow."""
    return answers.one_workflow(*api.get_workflow(workflow_id))
