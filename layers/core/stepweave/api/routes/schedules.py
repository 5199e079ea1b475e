"""Schedules: of a workflow, and by their own ids."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import answer, page
from stepweave.api.answers.schedules import backfilled, created_schedule, fired, one_schedule, schedule_json
from stepweave.api.auth import READ, Writer
from stepweave.api.bodies import Body
from stepweave.api.counts import Count
from stepweave.api.describe import schedules as describe
from stepweave.api.if_match import Expected
from stepweave.api.pages import Listing
from stepweave.api.paths import ScheduleId, WorkflowRef
from stepweave.api.payloads.schedules import backfill_request, change_schedule_request, create_schedule_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["schedules"])


@router.get("/api/workflows/{workflow_id:workflow_ref}/schedules", dependencies=[READ], **describe.LIST_SCHEDULES)
def list_schedules(workflow_id: WorkflowRef, listing: Listing, api: Api) -> Response:
    """Schedules of a workflow, the next to fire first; those that do not fire any more come last."""
    found = api.schedules.page_of(workflow_id, listing)
    return page("schedules", [schedule_json(row) for row in found.rows], found)


@router.post("/api/workflows/{workflow_id:workflow_ref}/schedules", **describe.CREATE_SCHEDULE)
def create_schedule(caller: Writer, workflow_id: WorkflowRef, body: Body, api: Api) -> Response:
    """Makes a schedule and the timers that fire it. It fires while its workflow is `active`."""
    return created_schedule(api.schedules.create(caller, workflow_id, create_schedule_request(body)))


@router.get("/api/workflows/schedules/{schedule_id}", dependencies=[READ], **describe.GET_SCHEDULE)
def get_schedule(schedule_id: ScheduleId, api: Api) -> Response:
    """The schedule, when it fires next, and what became of its last fire."""
    return one_schedule(api.schedules.get(schedule_id))


@router.patch("/api/workflows/schedules/{schedule_id}", **describe.CHANGE_SCHEDULE)
def change_schedule(_caller: Writer, schedule_id: ScheduleId, body: Body, expected: Expected, api: Api) -> Response:
    """Changes the members that are sent. Fires before the change keep what has become of them. With `If-Match`, a fire
    since the schedule was read is a change, too."""
    return one_schedule(api.schedules.change(schedule_id, change_schedule_request(body, expected)))


@router.delete("/api/workflows/schedules/{schedule_id}", **describe.DELETE_SCHEDULE)
def delete_schedule(_caller: Writer, schedule_id: ScheduleId, api: Api) -> Response:
    """Removes a schedule and its timers; the runs that it started stay."""
    api.schedules.delete(schedule_id)
    return Response(status_code=204)


@router.get("/api/workflows/schedules/{schedule_id}/next", dependencies=[READ], **describe.NEXT_TIMES)
def next_times(schedule_id: ScheduleId, count: Count, api: Api) -> Response:
    """When it fires next, in its zone, also while it is disabled."""
    return answer({"times": api.schedules.next_times(schedule_id, count)})


@router.post("/api/workflows/schedules/{schedule_id}/fire", **describe.FIRE_SCHEDULE)
def fire_schedule(_caller: Writer, schedule_id: ScheduleId, api: Api) -> Response:
    """Fires now, under the schedule's own overlap policy, also while it is disabled."""
    return fired(api.schedules.fire(schedule_id))


@router.post("/api/workflows/schedules/{schedule_id}/backfill", **describe.BACKFILL)
def backfill(_caller: Writer, schedule_id: ScheduleId, body: Body, api: Api) -> Response:
    """Starts a run for each fire time from `from` to `to`, both included, that has none from the last days."""
    return backfilled(api.schedules.backfill(schedule_id, *backfill_request(body)))
