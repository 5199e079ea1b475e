"""A tool that is a workflow: its run is started, waited for, and answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.errors import StepError, StepStopped
from stepweave.services.ports import Sleep, StepContext
from stepweave.services.ports.models import ToolForm
from stepweave.services.ports.subruns import Outcome, Subrun
from stepweave.steps.toolbox import call_key

MAX_DEPTH = 5
"""Agents whose runs are tools of agents: beyond it, one would most likely be calling itself."""
DEPTH_LABEL = "agent_depth"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(frozen=True)
class RunCalls:
    """What a tool needs of runs: `start` gives the id, `outcome` None while it is under way, `cancel` ends it."""

    start: Callable[[Subrun], str]
    outcome: Callable[[str], Outcome | None]
    cancel: Callable[[str, Subrun], None]
    sleep: Sleep
    monotonic: Callable[[], float]


@dataclass(frozen=True)
class WorkflowTool:
    """`fixed`: members of the input that the model cannot change; `depth`: of the run that the step is in."""

    form: ToolForm
    workflow: str
    fixed: Mapping[str, Any]
    depth: int
    agent_id: str
    timeout_seconds: float
    context: StepContext
    runs: RunCalls
    checked: bool = True
    is_safe: bool = False

    def call(self, arguments: Mapping[str, Any], nth: str, timeout_seconds: float) -> Any:
        """Its status and output. What the model puts into the input holds no secret of this step's: a run stores it."""
        if self.depth >= MAX_DEPTH:
            raise StepError("too_deep", f"Runs that agents start are nested {MAX_DEPTH} deep at most.")
        ends_at = self.runs.monotonic() + min(self.timeout_seconds, timeout_seconds)
        wanted = Subrun(
            workflow=self.workflow,
            input_data=self.context.masked({**arguments, **self.fixed}),
            labels={"parent_run": self.context.run_id, DEPTH_LABEL: str(self.depth + 1)},
            once=call_key(self.context, nth),
            by=f"agent:{self.agent_id}",
            origin=self.context.origin,
        )
        run_id = self.runs.start(wanted)
        self.context.log("A workflow was started as a tool", {"tool": self.form.name, "run_id": run_id})
        outcome = self._awaited(run_id, wanted, ends_at)
        if outcome.status != "completed":
            message = f"The run {run_id} is {outcome.status}."
            raise StepError("run_failed", message, details={"run_id": run_id, "cause": outcome.error})
        return {"run_id": run_id, "output": outcome.output}

    def _awaited(self, run_id: str, wanted: Subrun, ends_at: float) -> Outcome:
        pause = _FIRST_PAUSE
        while (outcome := self.runs.outcome(run_id)) is None:
            if self.context.stopped is not None and self.context.stopped():
                self.runs.cancel(run_id, wanted)
                raise StepStopped(f"with it the run {run_id} that the agent had started")
            left = ends_at - self.runs.monotonic()
            if left <= 0:
                message = f"The run {run_id} was started and is still under way; it goes on."
                raise StepError("timeout", message, kind="timeout", details={"run_id": run_id})
            self.runs.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return outcome
