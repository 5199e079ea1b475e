"""A workflow, its immutable versions, and who may start it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

WorkflowStatus = Literal["draft", "active", "paused", "archived"]
TriggerType = Literal["manual", "schedule", "event", "webhook"]
WORKFLOW_STATUSES: tuple[str, ...] = get_args(WorkflowStatus)
TRIGGER_TYPES: tuple[str, ...] = get_args(TriggerType)
SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
RESERVED_SLUGS = frozenset(
    {"validate", "graph", "import", "templates", "runs", "runs:cancel", "schedules", "executions", "test"}
)


@dataclass(frozen=True)
class Workflow:
    """The named thing a user owns. `rev` grows with every write and is the ETag."""

    id: str
    name: str
    version: int
    status: WorkflowStatus
    trigger_type: TriggerType
    created_at: str
    updated_at: str
    created_by: str
    updated_by: str
    slug: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    rev: int = 1


def etag(workflow: Workflow) -> str:
    """A strong validator. It holds the id as well: a slug may come to name another workflow."""
    return f'"{workflow.id}-{workflow.rev}"'


@dataclass(frozen=True)
class Machine:
    """The state machine of a version and its plan. `made_by` tells the compiler and the roles behind it."""

    arn: str
    plan_key: str
    made_by: str


@dataclass(frozen=True)
class Version:
    """An immutable numbered definition; `machine` is filled in when a run first needs it."""

    workflow_id: str
    number: int
    definition: Mapping[str, Any]
    change_summary: str
    created_at: str
    created_by: str
    machine: Machine | None = None


@dataclass(frozen=True)
class VersionNote:
    """A version without its definition: what a list of versions shows."""

    number: int
    change_summary: str
    created_at: str
    created_by: str
