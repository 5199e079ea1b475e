"""Workflows: what they are made of, read, list, validate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stepweave.compiler.compile import compile_definition
from stepweave.domain.definition import Definition
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import TriggerType, Version, Workflow, WorkflowStatus
from stepweave.errors import Invalid, NotFound
from stepweave.services.idempotency import Once
from stepweave.services.listing import ListQuery, WorkflowFilters
from stepweave.services.ports import Current, Page, Workflows
from stepweave.services.problems import faults_of


class Kept(Enum):
    """Stands for a member that a request does not name."""

    KEPT = "kept"


KEPT = Kept.KEPT


@dataclass(frozen=True)
class CreateWorkflow:
    """`tags`: None takes the definition's."""

    definition: Mapping[str, Any]
    trigger_type: TriggerType = "manual"
    tags: tuple[str, ...] | None = None
    status: WorkflowStatus = "active"
    slug: str | None = None
    once: Once | None = None


def validate_definition(definition: object) -> Sequence[Problem]:
    """Every problem of a definition, none stored, none left out."""
    return compile_definition(definition).problems


def parsed(definition: object) -> Definition:
    """A definition that can be stored. Raises `Invalid` with every problem, each with its place below /definition."""
    compiled = compile_definition(definition)
    if compiled.definition is None or compiled.problems:
        raise Invalid(faults_of(compiled.problems, "/definition"), code="definition_invalid")
    return compiled.definition


def normalised(tags: Sequence[str]) -> tuple[str, ...]:
    """Trimmed, each once, in the order given."""
    return tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


def current(ref: str, workflows: Workflows) -> Current:
    """A workflow by id or slug."""
    workflow_id = workflows.resolve(ref)
    found = workflows.get(workflow_id) if workflow_id else None
    if found is None:
        raise NotFound("workflow", ref)
    return found


def published_name(workflow_id: str, workflows: Workflows) -> str:
    """What other surfaces call a workflow: its slug where it has one, else its id, as of one that was deleted."""
    found = workflows.get(workflow_id)
    return (found and found.workflow.slug) or workflow_id


def get_workflow(ref: str, *, workflows: Workflows) -> tuple[Workflow, Version]:
    found = current(ref, workflows)
    return found.workflow, found.version


def list_workflows(filters: WorkflowFilters, query: ListQuery, *, workflows: Workflows) -> Page[Workflow]:
    """Newest `updated_at` first, ties by id."""
    return workflows.page(filters, limit=query.limit, offset=query.offset, cursor=query.cursor)
