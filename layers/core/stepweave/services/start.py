"""Starting a run: checked, claimed, stored, admitted; every one of these may be repeated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.duration import MAX_SECONDS
from stepweave.domain.origin import Origin
from stepweave.domain.run import Run, RunState
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Conflict, Fault, Invalid, NotFound, StepweaveError
from stepweave.ids import NewId
from stepweave.services.admission import AdmissionPorts, admit, reserve
from stepweave.services.concurrency import concurrency_of
from stepweave.services.delays import await_start, is_early
from stepweave.services.idempotency import Once, claim, claimed_before
from stepweave.services.inputs import checked_input
from stepweave.services.machines import MachinePorts, machine_of
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Current, IdempotencyKeys, Values, Workflows
from stepweave.services.workflows import current


@dataclass(frozen=True)
class StartRun:
    """`version`: None is the current one. `run_at`, `delay` (seconds): when it is to start, at most one of the two.

    `once`: the client's key; its scope is the kind of client (`run`, `fire`), to which the workflow is added.
    """

    input_data: Mapping[str, Any] = field(default_factory=dict)
    trigger: str = "manual"
    version: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    run_at: datetime | None = None
    delay: float | None = None
    once: Once | None = None

    def content(self) -> dict[str, Any]:
        """What makes it the same request: all but the key."""
        return {
            "input_data": dict(self.input_data),
            "trigger": self.trigger,
            "version": self.version,
            "labels": dict(self.labels),
            "run_at": text_of(self.run_at) if self.run_at else None,
            "delay": self.delay,
        }


@dataclass(frozen=True)
class StartPorts:
    admission: AdmissionPorts
    machine: MachinePorts
    values: Values
    keys: IdempotencyKeys
    new_id: NewId
    clock: Clock
    max_concurrent_runs: int
    origin: Callable[[], Origin] = Origin


@dataclass(frozen=True)
class Started:
    """`replayed`: the run had been accepted before, under the same idempotency key. created_at: told of a new
    run alone."""

    state: RunState
    replayed: bool = False
    created_at: str = ""


def start_run(caller: Caller, ref: str, request: StartRun, ports: StartPorts) -> Started:
    """The run, queued or on its way.

    Once it is stored it is accepted: should Step Functions not answer now, reconcile starts it.
    """
    found = current(ref, ports.machine.workflows)
    once = _of_workflow(request.once, found.workflow.id)
    now = ports.clock()
    try:
        wanted, input_data = _checked(found, request, now, ports)
    except StepweaveError:
        if before := _accepted_before(once, request, now, ports):
            return before
        raise
    claimed = claim(once, request.content(), ports.new_id("run"), ports.keys, now)
    state = replace(wanted, run_id=claimed.resource_id)
    if claimed.replayed and (before := _made_before(state, now, ports)):
        return before
    if state.on_limit == "reject" and not is_early(state, now):
        reserve(state, ports.admission.dispatch)
    stored = ports.values.store(f"runs/{state.run_id}/input.json", input_data)
    created_at = text_of(now)
    labels = dict(request.labels)
    facts = (request.trigger, created_at, caller.key_id, labels, ports.origin())
    run = Run(state.run_id, state.workflow_id, stored, *facts)
    if not ports.admission.dispatch.runs.create(run, state):
        return _made_before(state, now, ports) or Started(state, replayed=True)
    _admit(state, now, ports, is_new=True)
    return Started(state, created_at=created_at)


def _of_workflow(once: Once | None, workflow_id: str) -> Once | None:
    return replace(once, scope=f"{once.scope}/{workflow_id}") if once else None


def _accepted_before(once: Once | None, request: StartRun, now: datetime, ports: StartPorts) -> Started | None:
    """The run that an equal request has started when the workflow still took it."""
    before = claimed_before(once, request.content(), ports.keys, now)
    known = ports.admission.dispatch.runs.state(before.resource_id) if before else None
    return _known(known, now, ports) if known else None


def _made_before(state: RunState, now: datetime, ports: StartPorts) -> Started | None:
    """What an earlier request with the same key has made. A run that was deleted stays so: it is only named."""
    runs = ports.admission.dispatch.runs
    if known := runs.state(state.run_id):
        return _known(known, now, ports)
    return Started(state, replayed=True) if runs.was_deleted(state.run_id) else None


def _known(state: RunState, now: datetime, ports: StartPorts) -> Started:
    """A run that was accepted before. Who accepted it may have been cut off, or is still at it: both go on."""
    if state.status == "queued" and state.intent is None:
        _admit(state, now, ports, is_new=False)
    return Started(state, replayed=True)


def _admit(state: RunState, now: datetime, ports: StartPorts, *, is_new: bool) -> None:
    try:
        if is_early(state, now):
            await_start(state, ports.admission.dispatch)
        else:
            admit(state, ports.admission, is_new=is_new)
    except Exception as error:
        # It is stored, so it is accepted: an error now would make the client send it again.
        ports.admission.dispatch.tell.fault("run_start_delayed", error, run_id=state.run_id)


def _checked(found: Current, request: StartRun, now: datetime, ports: StartPorts) -> tuple[RunState, dict[str, Any]]:
    """The state in which the run begins, without its id, and its input with defaults."""
    _refuse_unless_runnable(found.workflow, request.trigger)
    run_at = _run_at(request, now)
    version = _wanted(found.workflow, found.version, request.version, ports.machine.workflows)
    input_data = checked_input(version.definition, request.input_data)
    scope = {"input": input_data, "labels": dict(request.labels), "trigger": request.trigger}
    allowed = concurrency_of(version.workflow_id, version.definition, ports.max_concurrent_runs, scope, now)
    machine = machine_of(version, ports.machine)
    state = RunState(
        run_id="",
        workflow_id=version.workflow_id,
        workflow_version=version.number,
        machine_arn=machine.arn,
        plan_key=machine.plan_key,
        status="queued",
        limit=allowed.limit,
        on_limit=allowed.on_limit,
        group=allowed.group,
        run_at=text_of(run_at) if run_at else None,
    )
    return state, input_data


def _refuse_unless_runnable(workflow: Workflow, trigger: str) -> None:
    if workflow.status in ("paused", "archived") or (workflow.status == "draft" and trigger in _AUTOMATIC):
        raise Conflict(
            f"Workflow '{workflow.id}' is {workflow.status} and starts nothing; set its status to 'active' first.",
            code="workflow_not_runnable",
        )


_AUTOMATIC = {"schedule", "event", "webhook", "signal"}


def _run_at(request: StartRun, now: datetime) -> datetime | None:
    """None for at once: also a time that has passed."""
    if request.run_at is None and request.delay is None:
        return None
    at = request.run_at or now + timedelta(seconds=request.delay or 0)
    if at > now + timedelta(seconds=MAX_SECONDS):
        raise Invalid([Fault("/run_at", "A run may be delayed for 365 days at most.")])
    return at if at > now else None


def _wanted(workflow: Workflow, newest: Version, number: int | None, workflows: Workflows) -> Version:
    if number is None or number == newest.number:
        return newest
    version = workflows.version(workflow.id, number)
    if version is None:
        raise NotFound("version", str(number))
    return version
