"""Runs: start, read, list."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stepweave.api.answers.answer import answer, page, whole
from stepweave.api.answers.runs import started_run, step_page
from stepweave.api.auth import READ, Reader, Writer
from stepweave.api.bodies import Body
from stepweave.api.describe import runs as describe
from stepweave.api.idempotency import IdempotencyKey
from stepweave.api.paths import RunId, StepKey, WorkflowRef
from stepweave.api.payloads.runs import start_run_request
from stepweave.api.use_cases import Api
from stepweave.api.waiting import Wait, finished_run
from stepweave.api.wanted_runs import WantedRuns
from stepweave.api.wanted_steps import WantedSteps
from stepweave.domain.api_key import allows

router = APIRouter(tags=["runs"])


@router.post("/api/workflows/{workflow_id:workflow_ref}/run", **describe.START_RUN)
async def start_run(
    caller: Writer, workflow_id: WorkflowRef, body: Body, key: IdempotencyKey, wait: Wait, api: Api
) -> Response:
    """Starts a run and answers at once, or with `wait` when it has finished. Over the limit of concurrent runs it is
    `queued` and starts by itself, oldest first, unless the definition's `config.concurrency` says otherwise. An empty
    body runs the current version without input."""
    started = await run_in_threadpool(lambda: api.runs.start(caller, workflow_id, start_run_request(body, key)))
    run = await finished_run(started.state.run_id, wait, api.runs)
    return started_run(started.state.run_id, run, replayed=started.replayed)


@router.get("/api/workflows/{workflow_id:workflow_ref}/runs", dependencies=[READ], **describe.LIST_RUNS)
def list_runs(workflow_id: WorkflowRef, wanted: WantedRuns, api: Api) -> Response:
    """Runs of a workflow that pass all filters, by `created_at`, newest first. Rows leave the step runs out."""
    found = api.runs.page_of(workflow_id, *wanted)
    return page("runs", found.rows, found)


@router.get("/api/workflows/runs", dependencies=[READ], **describe.LIST_ALL_RUNS)
def list_all_runs(wanted: WantedRuns, api: Api) -> Response:
    """Runs of all workflows that pass all filters, by `created_at`, newest first. A filter by status reads each run
    that the others let pass, of 10,000 at most: `since` narrows them."""
    found = api.runs.page_of(None, *wanted)
    return page("runs", found.rows, found)


@router.get("/api/workflows/runs/{run_id}", **describe.GET_RUN)
def get_run(run_id: RunId, caller: Reader, request: Request, api: Api) -> Response:
    """The run with its step runs, in the order in which they started; unreached steps come last as `pending`. Links by
    which waits are decided are shown to keys of the role `write`."""
    base = str(request.base_url).rstrip("/") if allows(caller.role, "write") else None
    return answer({"run": api.runs.get(run_id, base)})


@router.get("/api/workflows/runs/{run_id}/steps", dependencies=[READ], **describe.LIST_STEP_RUNS)
def list_step_runs(run_id: RunId, wanted: WantedSteps, api: Api) -> Response:
    """The step runs that have begun or were skipped, in loops too: those outside of loops first, then by step and
    positions, as text. A page may be short while `next_cursor` says that there are more."""
    return step_page(api.runs.steps(run_id, wanted))


@router.get("/api/workflows/runs/{run_id}/input", dependencies=[READ], **describe.RUN_INPUT)
def run_input(run_id: RunId, api: Api) -> Response:
    """The whole input of a run, however large: what `input_data_url` of a run points to."""
    return whole(api.runs.input(run_id))


@router.get("/api/workflows/runs/{run_id}/output", dependencies=[READ], **describe.RUN_OUTPUT)
def run_output(run_id: RunId, api: Api) -> Response:
    """The whole output of a run, however large: what `output_url` of a run points to."""
    return whole(api.runs.output(run_id))


@router.get("/api/workflows/runs/{run_id}/steps/{key}/output", dependencies=[READ], **describe.STEP_OUTPUT)
def step_output(run_id: RunId, key: StepKey, api: Api) -> Response:
    """The whole output of a step run, however large: what `output_url` of a step run points to."""
    return whole(api.runs.step_output(run_id, key))
