"""What a list is asked for."""

from dataclasses import dataclass

from stepweave.domain.run import RunStatus
from stepweave.domain.workflow import TriggerType, WorkflowStatus


@dataclass(frozen=True)
class ListQuery:
    """`offset` costs what it passes over; `cursor`, from the page before, does not."""

    limit: int = 50
    offset: int = 0
    cursor: str | None = None


@dataclass(frozen=True)
class RunFilters:
    """Which runs a list has: those of one workflow, or all, that pass all filters. `since`, `until`: created from then
    on, and before then (ISO 8601); `labels`: names with their values."""

    workflow_id: str | None = None
    status: RunStatus | None = None
    labels: tuple[tuple[str, str], ...] = ()
    trigger: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class WorkflowFilters:
    """Which workflows a list has: those that pass all filters. `q`: how the name, or a word of it, begins."""

    status: WorkflowStatus | None = None
    trigger_type: TriggerType | None = None
    tags: tuple[str, ...] = ()
    q: str | None = None
