"""The step runs of a run, a page at a time: for loops with more of them than one answer shows."""

from dataclasses import dataclass
from typing import Any

from stepweave.domain.run import StepRun, StepStatus
from stepweave.errors import Fault, Invalid, NotFound
from stepweave.services.moments import text_of
from stepweave.services.replay import replay_of
from stepweave.services.run_views import as_now, step_views
from stepweave.services.runs import ReadPorts

LOOKED_AT = 1_000
"""Step runs that a page looks at, at most, for those that pass the filter."""


@dataclass(frozen=True)
class StepQuery:
    """Which step runs: those of one step, in one status, or all."""

    step_id: str | None = None
    status: StepStatus | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True)
class StepRows:
    """A page, and where the next begins (None: nowhere). It may be short, or empty, and not be the last."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


def list_step_runs(run_id: str, query: StepQuery, *, ports: ReadPorts) -> StepRows:
    """Step runs that count, as `get_run` shows them: those outside of loops first, then by step and positions, as text.

    Raises `NotFound`, `Invalid` for an unknown step or a cursor of another list.
    """
    state = ports.runs.state(run_id)
    if state is None:
        raise NotFound("run", run_id)
    plan = ports.plans.get(state.workflow_id, state.plan_key)
    if query.step_id is not None and query.step_id not in plan["steps"]:
        raise Invalid([Fault("?step_id", f"is no step of version {state.workflow_version}, which the run is on")])
    found: list[StepRun] = []
    looked_at, cursor = 0, query.cursor
    counts = replay_of(state, plan)
    now = text_of(ports.clock())
    while True:
        page = ports.runs.step_page(run_id, query.step_id, limit=query.limit - len(found), cursor=cursor)
        kept = as_now(state, counts.kept(page.rows), now)
        found += [step for step in kept if query.status in (None, step.status)]
        looked_at, cursor = looked_at + len(page.rows), page.next_cursor
        if cursor is None or len(found) >= query.limit or looked_at >= LOOKED_AT:
            return StepRows(step_views(run_id, found, ports.values), cursor)
