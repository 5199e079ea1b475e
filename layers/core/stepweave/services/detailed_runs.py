"""Runs with their step runs, and what their plans say of the steps: for surfaces that show both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.plan import Plan, PlanStep
from stepweave.domain.run import Run
from stepweave.errors import NotFound
from stepweave.services.listing import ListQuery, RunFilters
from stepweave.services.moments import text_of
from stepweave.services.ports import Page, Story, Workflows
from stepweave.services.run_views import ANSWER_BYTES, NESTED_ROWS, ROW_BYTES, Room, run_view
from stepweave.services.runs import ReadPorts
from stepweave.services.workflows import current

LISTED_NESTED = 200
"""Step runs inside loops that a run in a list shows at most."""
_STEP_BYTES = 600
"""Of a step run as an answer shows it, beside its values."""


@dataclass(frozen=True)
class DetailedRun:
    """`view`: as the contract shows a run, with its step runs; `steps`: those of its plan, by id."""

    view: Mapping[str, Any]
    steps: Mapping[str, PlanStep]


def detailed_run(run_id: str, *, ports: ReadPorts) -> DetailedRun:
    """Raises `NotFound`."""
    story = ports.runs.get(run_id, nested=NESTED_ROWS)
    if story is None:
        raise NotFound("run", run_id)
    return _detailed(story, ports, None)


def list_detailed_runs(
    ref: str | None, filters: RunFilters, query: ListQuery, *, workflows: Workflows, ports: ReadPorts
) -> Page[DetailedRun]:
    """Runs of a workflow, or all, the newest first. A page ends early, and `next_cursor` says where, when its runs with
    their steps would not fit into one answer."""
    if ref is not None:
        filters = replace(filters, workflow_id=current(ref, workflows).workflow.id)
    page = ports.runs.page(filters, limit=query.limit, offset=query.offset, cursor=query.cursor)
    shown: list[DetailedRun] = []
    room, left = Room(ROW_BYTES, ANSWER_BYTES), ANSWER_BYTES
    last: Run | None = None
    for row in page.rows:
        story = ports.runs.get(row.run.id, nested=LISTED_NESTED)
        if story is None:
            continue  # it was deleted a moment ago
        detailed = _detailed(story, ports, room)
        left -= _STEP_BYTES * len(detailed.view["step_runs"]) + len(json.dumps(detailed.steps))
        if last is not None and left < 0:
            return Page(shown, page.total, ports.runs.cursor_after(filters, last))
        shown.append(detailed)
        last = story.run
    return Page(shown, page.total, page.next_cursor)


def _detailed(story: Story, ports: ReadPorts, room: Room | None) -> DetailedRun:
    plan: Plan = ports.plans.get(story.state.workflow_id, story.state.plan_key)
    return DetailedRun(run_view(story, plan, ports.values, text_of(ports.clock()), room=room), plan["steps"])
