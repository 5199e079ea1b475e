"""Rehearsals: a run of a definition without any effect, in abstract time.

Every step is entered by the code that enters it in a run (`services.step_runs`), on stores in memory. What would reach
outside is played by mocks, time passes as fast as the steps can be entered, and nothing is stored.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from stepweave.compiler.compile import compile_definition
from stepweave.domain.plan import Plan
from stepweave.domain.run import Run, RunState, StepRun
from stepweave.errors import Fault, Invalid, NotFound
from stepweave.ids import NewId
from stepweave.services.approval_links import ApprovalLinks
from stepweave.services.finish import final_state
from stepweave.services.inputs import checked_input
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, StepBody, StepContext, Story, Workflows
from stepweave.services.problems import faults_of
from stepweave.services.records import Answer
from stepweave.services.rehearsal_mocks import Mock, Stage, mock_faults, played_plan
from stepweave.services.rehearsal_stores import (
    InlineValues,
    ItemsOf,
    MovedClock,
    NoInboxes,
    NoLatches,
    OnePlan,
    OneRun,
    Silence,
    StandInSecrets,
)
from stepweave.services.rehearsal_walk import Walk
from stepweave.services.run_views import NESTED_ROWS, run_view
from stepweave.services.step_runs import enter_step
from stepweave.services.visits import Entry, Invocation, StepPorts
from stepweave.services.workflows import current

MAX_ENTRIES = 5_000
"""Entries into steps; an item of a loop is one for each of its steps."""
MAX_SECONDS = 15.0
"""Of a function's time; an answer of the API has 29 (API Gateway quotas)."""
TRACE_ROWS = 2_000
SHOWN_CONFIG = 4_000
TRACE_CONFIGS = 1_000_000
"""Characters of JSON of one config, and of all in a trace: an answer has 6 MB (AWS Lambda quotas)."""
PLAN_KEY = "rehearsal"


@dataclass(frozen=True)
class Rehearsal:
    """What is to be rehearsed. `version`: None is the current one."""

    input_data: Mapping[str, Any] = field(default_factory=dict)
    mocks: Mapping[str, Mock] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True)
class RehearsalPorts:
    """`bodies`: of the step types that reach nothing outside; `seconds`: of a clock that measures."""

    bodies: Mapping[str, StepBody]
    new_id: NewId
    clock: Clock
    seconds: Callable[[], float]


def rehearse_definition(definition: object, request: Rehearsal, ports: RehearsalPorts) -> dict[str, Any]:
    """The run as it would be shown, what happened in it, and the steps whose output was made up.

    Raises `Invalid` for a definition with problems, mocks that fit no step, and what takes too long.
    """
    return _rehearse(definition, "wf_rehearsal", 1, request, ports)


def rehearse_workflow(ref: str, request: Rehearsal, ports: RehearsalPorts, *, workflows: Workflows) -> dict[str, Any]:
    """The same of a version of a workflow, whatever its status."""
    found = current(ref, workflows)
    version = found.version
    if request.version is not None and request.version != version.number:
        wanted = workflows.version(found.workflow.id, request.version)
        if wanted is None:
            raise NotFound("version", str(request.version))
        version = wanted
    return _rehearse(version.definition, found.workflow.id, version.number, request, ports)


def _rehearse(
    definition: object, workflow_id: str, number: int, request: Rehearsal, ports: RehearsalPorts
) -> dict[str, Any]:
    compiled = compile_definition(definition)
    if compiled.plan is None:
        raise Invalid(faults_of(compiled.problems, "/definition"), code="definition_invalid")
    if faults := list(mock_faults(request.mocks, compiled.plan)):
        raise Invalid(faults)
    plan = played_plan(compiled.plan, request.mocks)
    given = checked_input(definition, request.input_data) if isinstance(definition, Mapping) else request.input_data
    return _Performance(plan, workflow_id, number, replace(request, input_data=given), ports).whole()


class _Performance:
    def __init__(self, plan: Plan, workflow_id: str, number: int, request: Rehearsal, ports: RehearsalPorts) -> None:
        self._plan, self._ports = plan, ports
        self._clock, self._values = MovedClock(ports.clock()), InlineValues()
        run_id, now = ports.new_id("run"), text_of(self._clock())
        run = Run(run_id, workflow_id, self._values.store("", dict(request.input_data)), "manual", now, "rehearsal")
        self._runs = OneRun(run, RunState(run_id, workflow_id, number, "", PLAN_KEY, "queued"))
        self._stage = Stage(request.mocks, ports.bodies, self._clock.sleep, self._note)
        self._trace: list[dict[str, Any]] = []
        self._configs_left = TRACE_CONFIGS
        self._entries = 0
        self._ends_at = ports.seconds() + MAX_SECONDS
        self._step_ports = self._made_ports()

    def _made_ports(self) -> StepPorts:
        return StepPorts(
            runs=self._runs,
            plans=OnePlan(self._plan),
            values=self._values,
            bodies=self._stage.bodies(),
            clock=self._clock,
            sleep=self._clock.sleep,
            random=lambda: 1.0,
            tell=Silence(),
            latches=NoLatches(),
            machines=NoLatches(),
            loop_items=ItemsOf(self._runs),
            secrets=StandInSecrets(),
            inboxes=NoInboxes(),
            links=ApprovalLinks(lambda: bytes(32), "https://rehearsal.invalid"),
        )

    def whole(self) -> dict[str, Any]:
        execution = Walk(self._plan, self._clock, self._runs.steps, self._enter).whole()
        now = text_of(self._clock())
        outside = [step for key, step in self._runs.steps.items() if "@" not in key]
        inside = [step for key, step in sorted(self._runs.steps.items()) if "@" in key]
        story = Story(self._runs.run, self._runs.now, outside)
        final = final_state(story, execution, now, OnePlan(self._plan), self._values)
        shown = replace(story, state=final, steps=[*outside, *inside[:NESTED_ROWS]])
        run = run_view(shown, self._plan, self._values, now)
        return {"run": _without_links(run), "assumed": list(self._stage.assumed), "trace": self._trace}

    def _enter(self, step_id: str, position: str, collects: bool) -> Answer:
        self._bound()
        run, key = self._runs.run, f"{step_id}@{position}" if position else step_id
        self._stage.key = key
        entry = Entry(
            run.id, 1, run.workflow_id, self._runs.now.workflow_version, PLAN_KEY, position, step_id, collects
        )
        # An attempt has all the time it may take: the invocation does not bound it.
        invocation = Invocation("rehearsal", self._clock() + timedelta(hours=1))
        try:
            return enter_step(entry, invocation, self._step_ports)
        finally:
            if key in self._runs.steps:
                self._tell(self._runs.steps[key])

    def _bound(self) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES or self._ports.seconds() > self._ends_at:
            message = (
                f"A rehearsal enters {MAX_ENTRIES:,} step runs in {MAX_SECONDS:g} s at most. "
                "Mock the loop as a whole, or give it fewer items."
            )
            raise Invalid([Fault("/mocks", message)], code="rehearsal_too_long")

    def _note(self, context: StepContext, played_by: str) -> None:
        """An attempt with the config that it would work by; secrets are their names."""
        row = {"event": "attempt", "attempt": context.attempt, "played_by": played_by}
        config = dict(context.config)
        size = len(json.dumps(config))
        fits = size <= min(SHOWN_CONFIG, self._configs_left)
        self._configs_left -= size if fits else 0
        self._add(self._stage.key, row | ({"config": config} if config and fits else {}))

    def _tell(self, record: StepRun) -> None:
        row: dict[str, Any] = {"event": "entered" if record.items and record.status == "running" else record.status}
        if record.branch is not None:
            row["branch"] = record.branch
        if record.status == "waiting":
            row["until"] = record.due_at
        if record.error is not None:
            row["error"] = {"code": record.error.code, "message": record.error.message}
        self._add(record.key, row)

    def _add(self, key: str, row: dict[str, Any]) -> None:
        if len(self._trace) < TRACE_ROWS:
            step_id, at, position = key.partition("@")
            named = {"step_id": step_id} | ({"iteration": position} if at else {})
            self._trace.append({"at": text_of(self._clock()), **named, **row})


def _without_links(run: dict[str, Any]) -> dict[str, Any]:
    """What is too large to be shown cannot be fetched either: nothing was stored."""
    links = ("input_data_url", "output_url")
    steps = [{name: value for name, value in step.items() if name not in links} for step in run["step_runs"]]
    return {name: value for name, value in run.items() if name not in links} | {"step_runs": steps}
