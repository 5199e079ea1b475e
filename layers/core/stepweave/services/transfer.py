"""Export and import: a workflow as one document, which makes the same workflow elsewhere or later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepweave.domain.api_key import Caller
from stepweave.domain.diff import equal
from stepweave.domain.workflow import TriggerType, Version, Workflow, WorkflowStatus
from stepweave.errors import Conflict, NotFound
from stepweave.services.ports import Workflows
from stepweave.services.templates import trigger_type_of
from stepweave.services.workflow_replacement import ReplaceWorkflow
from stepweave.services.workflow_status import SetStatus
from stepweave.services.workflows import KEPT, CreateWorkflow, normalised, parsed

OnConflict = Literal["fail", "version", "copy"]
Result = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True)
class Document:
    """What a workflow is made of. None: what the document does not say; it stays as it is, or has its default."""

    definition: Mapping[str, Any]
    id: str | None = None
    slug: str | None = None
    trigger_type: TriggerType | None = None
    status: WorkflowStatus | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Imported:
    workflow: Workflow
    result: Result


@dataclass(frozen=True)
class ImportPorts:
    """create: under the id that is given, else under a new one; `NotFound` when a workflow of that id was deleted,
    `Conflict` (`workflow_exists`) when there is one."""

    workflows: Workflows
    create: Callable[[Caller, CreateWorkflow, str | None], Workflow]
    replace: Callable[[Caller, str, ReplaceWorkflow], tuple[Workflow, Version]]
    set_status: Callable[[Caller, str, SetStatus], tuple[Workflow, Version]]


def exported(workflow: Workflow, version: Version) -> dict[str, Any]:
    """The document of a workflow and its current version."""
    return {
        "id": workflow.id,
        "slug": workflow.slug,
        "trigger_type": workflow.trigger_type,
        "status": workflow.status,
        "tags": list(workflow.tags),
        "definition": version.definition,
    }


def provenance(workflow: Workflow, version: Version) -> tuple[str, ...]:
    """Where a document comes from, in lines for people; the same for as long as the workflow stays as it is."""
    of = f"version {version.number} of {workflow.id}, made at {version.created_at} by {version.created_by}"
    return f"{workflow.name}: {of}", f"{version.change_summary}; the workflow was last changed at {workflow.updated_at}"


def import_workflow(caller: Caller, document: Document, on_conflict: OnConflict, ports: ImportPorts) -> Imported:
    """The workflow of a document. One that has its id, else its slug, is the same workflow: where the document says
    nothing new it stays untouched; else `on_conflict` decides.

    Raises `Invalid` with every problem of the definition, or `Conflict` (`workflow_exists`, `slug_taken`).
    """
    parsed(document.definition)
    found = existing(document, ports.workflows)
    if found is None:
        try:
            return Imported(_created(caller, document, ports), "created")
        except Conflict:  # another import made it at this moment
            found = existing(document, ports.workflows)
            if found is None:
                raise
    if on_conflict == "copy":
        return Imported(ports.create(caller, _request(document, slug=None), None), "created")
    if _says_nothing_new(document, *found):
        return Imported(found[0], "unchanged")
    if on_conflict == "fail":
        raise Conflict(
            f"The workflow '{found[0].id}' exists already and is another; import with on_conflict=version to give it"
            " a new version, or with on_conflict=copy to make one beside it.",
            code="workflow_exists",
        )
    return Imported(_changed(caller, document, found[0], ports), "changed")


def existing(document: Document, workflows: Workflows) -> tuple[Workflow, Version] | None:
    """The workflow that a document means: the one of its id, else the one of its slug."""
    by_slug = workflows.resolve(document.slug) if document.slug else None
    for workflow_id in filter(None, (document.id, by_slug)):
        found = workflows.get(workflow_id)
        if found is not None:
            return found.workflow, found.version
    return None


def _created(caller: Caller, document: Document, ports: ImportPorts) -> Workflow:
    request = _request(document, slug=document.slug)
    try:
        return ports.create(caller, request, document.id)
    except NotFound:  # a workflow of that id was deleted, and its id with it
        return ports.create(caller, request, None)


def _request(document: Document, *, slug: str | None) -> CreateWorkflow:
    trigger_type = document.trigger_type or trigger_type_of(document.definition)
    return CreateWorkflow(document.definition, trigger_type, document.tags, document.status or "active", slug)


def _says_nothing_new(document: Document, workflow: Workflow, version: Version) -> bool:
    tags = workflow.tags if document.tags is None else normalised(document.tags)
    return (
        equal(version.definition, document.definition)
        and tags == workflow.tags
        and document.slug in (None, workflow.slug)
        and document.trigger_type in (None, workflow.trigger_type)
        and document.status in (None, workflow.status)
    )


def _changed(caller: Caller, document: Document, workflow: Workflow, ports: ImportPorts) -> Workflow:
    request = ReplaceWorkflow(
        document.definition,
        tags=KEPT if document.tags is None else document.tags,
        trigger_type=document.trigger_type or KEPT,
        slug=document.slug or KEPT,
    )
    after, _ = ports.replace(caller, workflow.id, request)
    if document.status in (None, after.status):
        return after
    return ports.set_status(caller, workflow.id, SetStatus(document.status or after.status))[0]
