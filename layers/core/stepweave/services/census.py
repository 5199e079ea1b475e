"""What there is in a deployment, counted: of workflows by counters that are kept, of active runs by their keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from stepweave.domain.workflow import WorkflowStatus
from stepweave.services.listing import WorkflowFilters
from stepweave.services.ports import Runs, Workflows


@dataclass(frozen=True)
class Census:
    workflows: Mapping[str, int]
    active_runs: int


def census(*, workflows: Workflows, runs: Runs) -> Census:
    """Workflows by status; runs that are queued, under way or paused. May lag behind writes."""
    statuses: tuple[WorkflowStatus, ...] = get_args(WorkflowStatus)
    counts: dict[str, int] = {each: _count(each, workflows) for each in statuses}
    return Census(counts, runs.count_active())


def _count(status: WorkflowStatus, workflows: Workflows) -> int:
    return workflows.page(WorkflowFilters(status=status), limit=1, offset=0, cursor=None).total
