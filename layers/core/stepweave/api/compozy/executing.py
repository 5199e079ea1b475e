"""What routes of executions do in more than one call."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stepweave.api.compozy.answers import executions as answers
from stepweave.api.use_cases import UseCases
from stepweave.api.waiting import ends_within
from stepweave.domain.api_key import Caller
from stepweave.domain.run import ACTIVE_RUN
from stepweave.errors import Conflict, Fault, Invalid, NotFound
from stepweave.services.detailed_runs import DetailedRun
from stepweave.services.start import Started, StartRun

_OURS, _THEIRS = "/input_data", "/input"


def start(caller: Caller, ref: str, request: StartRun, task_id: str | None, api: UseCases) -> Started:
    """The run; what is wrong with its input is told where this surface has it."""
    if task_id:
        api.runs.require_first(ref, task_id, "/task_id")
    try:
        return api.runs.start(caller, ref, request)
    except Invalid as error:
        error.faults = tuple(map(_as_sent, error.faults))
        raise


def _as_sent(fault: Fault) -> Fault:
    if fault.path != _OURS and not fault.path.startswith(f"{_OURS}/"):
        return fault
    return Fault(_THEIRS + fault.path.removeprefix(_OURS), fault.message)


def created_at(run: Started, api: UseCases) -> str | None:
    """When the run was made; None of one that an earlier request has started and that was deleted since."""
    if run.created_at:
        return run.created_at
    try:
        return str(api.runs.detailed(run.state.run_id).view["created_at"])
    except NotFound:
        return None


async def run_to_end(run: Started, timeout: float, api: UseCases) -> Response:
    """200 with the execution when it ends in time, else 408 with where to follow it. Where answers are not streamed, a
    request is held for some time only, whatever the client would wait."""
    run_id = run.state.run_id
    seconds = timeout if api.events.hold is None else min(timeout, api.events.hold)
    await ends_within(run_id, seconds, api.runs)
    detailed = await run_in_threadpool(api.runs.detailed, run_id)
    name = await run_in_threadpool(name_of, detailed, api)
    if detailed.view["status"] in ACTIVE_RUN:
        return answers.still_running(detailed, name, seconds)
    return answers.finished(detailed, name, replayed=run.replayed)


def name_of(run: DetailedRun, api: UseCases) -> str:
    """What clients call the workflow of a run."""
    return api.workflows.name(run.view["workflow_id"])


def shown(runs: Iterable[DetailedRun], api: UseCases) -> list[Mapping[str, Any]]:
    """Runs of a list as executions; the name of each workflow is looked up once."""
    found = list(runs)
    names = {workflow_id: api.workflows.name(workflow_id) for workflow_id in {run.view["workflow_id"] for run in found}}
    return [answers.execution_json(run, names[run.view["workflow_id"]]) for run in found]


def ended(run_id: str, api: UseCases) -> DetailedRun:
    """A run that is over; raises `NotFound`, `Conflict` before."""
    detailed = api.runs.detailed(run_id)
    if detailed.view["status"] in ACTIVE_RUN:
        raise Conflict(f"Execution '{run_id}' has not ended yet, so that it has no outputs.", code="run_active")
    return detailed
