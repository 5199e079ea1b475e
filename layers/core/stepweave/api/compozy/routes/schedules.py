"""Schedules, keyed by their workflow: a definition's `schedule` makes one."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.auth import READ, WRITE
from stepweave.api.bodies import Body
from stepweave.api.compozy.answers import schedules as answers
from stepweave.api.compozy.describe import schedules as describe
from stepweave.api.compozy.payloads.schedules import update_request
from stepweave.api.compozy.schedule_change import changed_schedule
from stepweave.api.paths import WorkflowRef
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0/schedules", tags=["schedules"])
_ONE = "/{workflow_id:workflow_ref}"


@router.get("", dependencies=[READ], **describe.LIST)
def list_schedules(api: Api) -> Response:
    """The schedule of each workflow that has one."""
    return answers.listed(api.schedules.of_all())


@router.get(_ONE, dependencies=[READ], **describe.GET)
def get_schedule(workflow_id: WorkflowRef, api: Api) -> Response:
    """The schedule of a workflow: that of its definition, else the oldest that was made for it."""
    return answers.one_schedule(api.schedules.of_workflow(workflow_id), "schedule retrieved")


@router.patch(_ONE, dependencies=[WRITE], **describe.UPDATE)
def update_schedule(workflow_id: WorkflowRef, body: Body, api: Api) -> Response:
    """Overrides what the definition says, for good: until the definition's own schedule is changed."""
    return answers.one_schedule(changed_schedule(workflow_id, update_request(body), api), "schedule updated")


@router.delete(_ONE, dependencies=[WRITE], **describe.DELETE)
def delete_schedule(workflow_id: WorkflowRef, api: Api) -> Response:
    """Removes it; the next version of a definition that has a schedule makes it again."""
    api.schedules.delete(api.schedules.of_workflow(workflow_id).shown.schedule.id)
    return Response(status_code=204)
