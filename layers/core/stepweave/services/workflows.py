"""Workflows: create, read, list, validate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.compile import compile_definition
from stepweave.domain.api_key import Caller
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import TriggerType, Version, Workflow, WorkflowStatus
from stepweave.errors import Invalid, NotFound
from stepweave.ids import NewId
from stepweave.services.listing import ListQuery
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Current, Page, Workflows
from stepweave.services.problems import faults_of


@dataclass(frozen=True)
class CreateWorkflow:
    """`tags`: None takes the definition's."""

    definition: Mapping[str, Any]
    trigger_type: TriggerType = "manual"
    tags: tuple[str, ...] | None = None
    status: WorkflowStatus = "active"
    slug: str | None = None


def validate_definition(definition: object) -> Sequence[Problem]:
    """Every problem of a definition, none stored, none left out."""
    return compile_definition(definition).problems


def create_workflow(
    caller: Caller, request: CreateWorkflow, *, workflows: Workflows, new_id: NewId, clock: Clock
) -> tuple[Workflow, Version]:
    """The new workflow and its first version. Raises `Invalid` with every problem, or `Conflict` for a taken slug."""
    compiled = compile_definition(request.definition)
    if compiled.definition is None or compiled.problems:
        raise Invalid(faults_of(compiled.problems, "/definition"), code="definition_invalid")
    now = text_of(clock())
    workflow = Workflow(
        id=new_id("wf"),
        name=compiled.definition.name,
        version=1,
        status=request.status,
        trigger_type=request.trigger_type,
        created_at=now,
        updated_at=now,
        created_by=caller.key_id,
        updated_by=caller.key_id,
        slug=request.slug,
        description=compiled.definition.description,
        tags=normalised(compiled.definition.tags if request.tags is None else request.tags),
    )
    version = Version(workflow.id, 1, request.definition, "Initial version", now, caller.key_id)
    workflows.create(workflow, version)
    return workflow, version


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


def get_workflow(ref: str, *, workflows: Workflows) -> tuple[Workflow, Version]:
    found = current(ref, workflows)
    return found.workflow, found.version


def list_workflows(query: ListQuery, *, workflows: Workflows) -> Page[Workflow]:
    return workflows.page(limit=query.limit, offset=query.offset, cursor=query.cursor)
