"""Rehearsals: runs without any effect."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.auth import WRITE
from stepweave.api.bodies import Body
from stepweave.api.describe import rehearsals as describe
from stepweave.api.paths import WorkflowRef
from stepweave.api.payloads.body import object_body
from stepweave.api.payloads.rehearsals import definition_rehearsal, workflow_rehearsal
from stepweave.api.use_cases import Api

router = APIRouter(tags=["workflows"])


@router.post("/api/workflows/test", dependencies=[WRITE], **describe.REHEARSE_DEFINITION)
def rehearse_definition(body: Body, api: Api) -> Response:
    """Runs a definition that need not be stored without any effect: no request is sent, no script runs, no time is
    waited for, nothing is stored. What reaches outside is played by `mocks`."""
    return answer(api.rehearsals.definition(object_body(body).get("definition"), definition_rehearsal(body)))


@router.post("/api/workflows/{workflow_id:workflow_ref}/test", dependencies=[WRITE], **describe.REHEARSE_WORKFLOW)
def rehearse_workflow(workflow_id: WorkflowRef, body: Body, api: Api) -> Response:
    """Runs a version of a workflow without any effect, whatever the workflow's status."""
    return answer(api.rehearsals.workflow(workflow_id, workflow_rehearsal(body)))
