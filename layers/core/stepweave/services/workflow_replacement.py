"""Replace a workflow's definition and its other members."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.change_summary import change_summary
from stepweave.domain.definition import Definition
from stepweave.domain.diff import equal
from stepweave.domain.workflow import TriggerType, Version, Workflow
from stepweave.services.ports import Current
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.workflow_writes import Change, WritePorts, write_workflow
from stepweave.services.workflows import KEPT, Kept, normalised, parsed


@dataclass(frozen=True)
class ReplaceWorkflow:
    """What is `KEPT` stays as it is. tags None: the definition's; slug None: none; summary None: by the difference."""

    definition: Mapping[str, Any]
    change_summary: str | None = None
    tags: tuple[str, ...] | Kept | None = KEPT
    trigger_type: TriggerType | Kept = KEPT
    slug: str | Kept | None = KEPT
    if_match: IfMatch = ANY


def replace_workflow(caller: Caller, ref: str, request: ReplaceWorkflow, ports: WritePorts) -> tuple[Workflow, Version]:
    """The workflow afterwards. An equal definition makes no version, and a request that changes nothing no change.

    Raises `Invalid` with every problem, `NotFound`, `PreconditionFailed`, or `Conflict` for a taken slug.
    """
    definition = parsed(request.definition)

    def wanted(found: Current) -> Change:
        workflow = with_definition(_with_members(found.workflow, request, definition), definition)
        if equal(found.version.definition, request.definition):
            return Change(workflow)
        summary = request.change_summary or change_summary(found.version.definition, request.definition)
        return Change(workflow, request.definition, summary)

    return write_workflow(caller, ref, request.if_match, wanted, ports)


def with_definition(workflow: Workflow, definition: Definition) -> Workflow:
    """A workflow is called as its current definition says."""
    return replace(workflow, name=definition.name, description=definition.description)


def _with_members(workflow: Workflow, request: ReplaceWorkflow, definition: Definition) -> Workflow:
    if request.tags is None:
        workflow = replace(workflow, tags=normalised(definition.tags))
    elif not isinstance(request.tags, Kept):
        workflow = replace(workflow, tags=normalised(request.tags))
    if not isinstance(request.trigger_type, Kept):
        workflow = replace(workflow, trigger_type=request.trigger_type)
    if not isinstance(request.slug, Kept):
        workflow = replace(workflow, slug=request.slug)
    return workflow
