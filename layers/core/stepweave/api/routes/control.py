"""Runs: cancel, pause, resume, delete."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers import control as answers
from stepweave.api.auth import Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import control as describe
from stepweave.api.paths import RunId, WorkflowRef
from stepweave.api.payloads.control import cancel_runs_request, resume_request
from stepweave.api.use_cases import Api

router = APIRouter(tags=["runs"])


@router.post("/api/workflows/runs/{run_id}/cancel", **describe.CANCEL_RUN)
def cancel_run(run_id: RunId, caller: Writer, api: Api) -> Response:
    """Starts no further step and ends the run, within seconds; steps under way finish, and keep their outcome. The same
    answer however often it is asked, until the run is over. A paused or queued run is `cancelled` at once."""
    return answers.stopping_run(api.control.cancel(caller, run_id))


@router.post("/api/workflows/runs/{run_id}/pause", **describe.PAUSE_RUN)
def pause_run(run_id: RunId, caller: Writer, api: Api) -> Response:
    """Starts no further step until the run is resumed; steps under way finish, and keep their outcome; waits keep the
    moment at which they end. A paused run holds no slot. Where a cancel was asked for before, it stands."""
    return answers.stopping_run(api.control.pause(caller, run_id))


@router.post("/api/workflows/runs/{run_id}/resume", **describe.RESUME_RUN)
def resume_run(run_id: RunId, _caller: Writer, body: Body, api: Api) -> Response:
    """Lets a paused or finished run go on where it stopped: steps that finished are not run again. With `from_step`
    that step and all that depends on it run again. It takes a slot or is `queued`, like a new run."""
    return answers.stopping_run(api.control.resume(run_id, resume_request(body)))


@router.delete("/api/workflows/runs/{run_id}", **describe.DELETE_RUN)
def delete_run(run_id: RunId, _caller: Writer, api: Api) -> Response:
    """Deletes a run that is over, with all that it left."""
    api.control.delete(run_id)
    return answers.deleted_run()


@router.post("/api/workflows/{workflow_id:workflow_ref}/runs:cancel", **describe.CANCEL_RUNS)
def cancel_runs(workflow_id: WorkflowRef, caller: Writer, body: Body, api: Api) -> Response:
    """Cancels the active runs of a workflow that the filter names, oldest first; an empty body names all. A request
    looks at 100 runs; while `next_cursor` is not null, send it as `cursor` to go on."""
    return answers.cancelled_runs(api.control.cancel_many(caller, workflow_id, cancel_runs_request(body)))
