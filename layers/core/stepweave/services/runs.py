"""Runs: start, read, list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.run import Run, RunState, Value
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Conflict, NotFound
from stepweave.ids import NewId
from stepweave.services.dispatch import admit_run
from stepweave.services.executions import DispatchPorts
from stepweave.services.listing import ListQuery
from stepweave.services.machines import MachinePorts, machine_of
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Page, Plans, Runs, Story, Values, Workflows
from stepweave.services.run_views import NESTED_ROWS, run_row, run_view
from stepweave.services.workflows import current


@dataclass(frozen=True)
class StartRun:
    """`version`: None is the current one."""

    input_data: Mapping[str, Any] = field(default_factory=dict)
    trigger: str = "manual"
    version: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StartPorts:
    dispatch: DispatchPorts
    machine: MachinePorts
    values: Values
    new_id: NewId
    clock: Clock
    max_concurrent_runs: int


def start_run(caller: Caller, ref: str, request: StartRun, ports: StartPorts) -> RunState:
    """The new run, queued or on its way.

    Once it is stored it is accepted: should Step Functions not answer now, reconcile starts it.
    """
    found = current(ref, ports.dispatch.workflows)
    _refuse_unless_runnable(found.workflow, request.trigger)
    version = _wanted(found.workflow, found.version, request.version, ports.dispatch.workflows)
    machine = machine_of(version, ports.machine)
    now = text_of(ports.clock())
    run_id = ports.new_id("run")
    input_data = ports.values.store(f"runs/{run_id}/input.json", dict(request.input_data))
    run = Run(run_id, version.workflow_id, input_data, request.trigger, now, caller.key_id, dict(request.labels))
    state = RunState(
        run_id=run_id,
        workflow_id=version.workflow_id,
        workflow_version=version.number,
        machine_arn=machine.arn,
        plan_key=machine.plan_key,
        status="queued",
        limit=concurrency_limit(version.definition, ports.max_concurrent_runs),
    )
    ports.dispatch.runs.create(run, state)
    try:
        admit_run(state, ports.dispatch)
    except Exception as error:
        # It is stored, so it is accepted: an error now would make the client send it again.
        ports.dispatch.tell.fault("run_start_delayed", error, run_id=run_id)
    return state


def _refuse_unless_runnable(workflow: Workflow, trigger: str) -> None:
    if workflow.status in ("paused", "archived") or (workflow.status == "draft" and trigger in _AUTOMATIC):
        raise Conflict(
            f"Workflow '{workflow.id}' is {workflow.status} and starts nothing; set its status to 'active' first.",
            code="workflow_not_runnable",
        )


_AUTOMATIC = {"schedule", "event", "webhook", "signal"}


def _wanted(workflow: Workflow, newest: Version, number: int | None, workflows: Workflows) -> Version:
    if number is None or number == newest.number:
        return newest
    version = workflows.version(workflow.id, number)
    if version is None:
        raise NotFound("version", str(number))
    return version


def concurrency_limit(definition: Mapping[str, Any], default: int) -> int:
    """How many runs of a workflow may be active: the definition's `config.concurrency.limit`, else the deployment's."""
    config = definition.get("config") or {}
    return int((config.get("concurrency") or {}).get("limit") or default)


def get_run(run_id: str, *, runs: Runs, plans: Plans, values: Values, clock: Clock) -> dict[str, Any]:
    """A run with its step runs, as the contract shows it."""
    story = runs.get(run_id, nested=NESTED_ROWS)
    if story is None:
        raise NotFound("run", run_id)
    plan = plans.get(story.state.workflow_id, story.state.plan_key)
    return run_view(story, plan, values, text_of(clock()))


def list_runs(ref: str, query: ListQuery, *, workflows: Workflows, runs: Runs, values: Values) -> Page[dict[str, Any]]:
    """Newest first, without step runs."""
    workflow_id = current(ref, workflows).workflow.id
    page: Page[Story] = runs.page(workflow_id, limit=query.limit, offset=query.offset, cursor=query.cursor)
    return Page([run_row(story, values) for story in page.rows], page.total, page.next_cursor)


ANSWERED_BYTES = 5_000_000
"""Larger values are fetched from the bucket: a function answers 6 MB at most (AWS Lambda quotas)."""


@dataclass(frozen=True)
class Whole:
    """A whole value, or the link where it is to be fetched."""

    value: Any = None
    link: str | None = None


def step_output(run_id: str, key: str, *, runs: Runs, values: Values) -> Whole:
    """The whole output of a step run, however large."""
    _existing(run_id, runs)
    record = runs.read(run_id, [key])[1].get(key)
    if record is None or record.output is None:
        raise NotFound("output", f"{run_id}/{key}")
    return _whole(record.output, values)


def run_output(run_id: str, *, runs: Runs, values: Values) -> Whole:
    """The whole output of a run, however large."""
    state = _existing(run_id, runs)
    if state.output is None:
        raise NotFound("output", run_id)
    return _whole(state.output, values)


def run_input(run_id: str, *, runs: Runs, values: Values) -> Whole:
    """The whole input of a run, however large."""
    _existing(run_id, runs)
    return _whole(runs.read(run_id, [])[0].input_data, values)


def _existing(run_id: str, runs: Runs) -> RunState:
    state = runs.state(run_id)
    if state is None:
        raise NotFound("run", run_id)
    return state


def _whole(value: Value, values: Values) -> Whole:
    link = values.link(value) if value.size > ANSWERED_BYTES else None
    return Whole(link=link) if link else Whole(values.load(value))
