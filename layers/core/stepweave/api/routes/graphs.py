"""Pictures of workflows and of drafts."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.workflows import picture
from stepweave.api.auth import READ
from stepweave.api.bodies import Body
from stepweave.api.describe import workflows as describe
from stepweave.api.forms import PictureForm
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads.body import object_body
from stepweave.api.use_cases import Api

router = APIRouter(tags=["workflows"])


@router.post("/api/workflows/graph", dependencies=[READ], **describe.DRAW_DEFINITION)
def draw_definition(body: Body, form: PictureForm, api: Api) -> Response:
    """A picture of a definition that need not be stored: Mermaid text of its edges, or an SVG of what runs when."""
    return picture(api.workflows.draw_definition(object_body(body).get("definition"), form), form)


@router.get("/api/workflows/{workflow_id:workflow_ref}/graph", dependencies=[READ], **describe.DRAW_WORKFLOW)
def draw_workflow(workflow_id: WorkflowRef, form: PictureForm, api: Api) -> Response:
    """A picture of the current version: Mermaid text of its edges, or an SVG of what runs when."""
    return picture(api.workflows.draw(workflow_id, form), form)
