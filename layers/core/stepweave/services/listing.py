"""What a list is asked for."""

from dataclasses import dataclass

from stepweave.domain.workflow import TriggerType, WorkflowStatus


@dataclass(frozen=True)
class ListQuery:
    """`offset` costs what it passes over; `cursor`, from the page before, does not."""

    limit: int = 50
    offset: int = 0
    cursor: str | None = None


@dataclass(frozen=True)
class WorkflowFilters:
    """Which workflows a list has: those that pass all filters. `q`: how the name, or a word of it, begins."""

    status: WorkflowStatus | None = None
    trigger_type: TriggerType | None = None
    tags: tuple[str, ...] = ()
    q: str | None = None
