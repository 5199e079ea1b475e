"""Bodies about workflows."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from stepweave.api.payloads.body import Body, faults_in
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import RESERVED_SLUGS, SLUG, TriggerType, WorkflowStatus
from stepweave.errors import Fault, Invalid
from stepweave.services.problems import faults_of
from stepweave.services.workflows import CreateWorkflow

Validate = Callable[[object], Sequence[Problem]]
SLUG_RULE = (
    "a letter or digit, then at most 99 letters, digits, '.', '_' or '-'; no path word, not beginning with 'wf_'"
)


def _slug(value: str) -> str:
    if not re.fullmatch(SLUG, value) or value in RESERVED_SLUGS or value.startswith("wf_"):
        raise ValueError(f"must be {SLUG_RULE}")
    return value


class CreateWorkflowBody(Body):
    """`POST /api/workflows`."""

    definition: dict[str, Any]
    trigger_type: TriggerType = "manual"
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)] | None = Field(
        default=None, description="At most 20; without them the definition's own."
    )
    status: WorkflowStatus = "active"
    slug: Annotated[str, AfterValidator(_slug)] | None = Field(
        default=None, description=f"A name for paths, unique: {SLUG_RULE}."
    )


def create_workflow_request(body: object, validate: Validate) -> CreateWorkflow:
    """A body -> the request; raises `Invalid` with the faults of the body and of its definition together."""
    try:
        read = CreateWorkflowBody.model_validate(body)
    except ValidationError as error:
        raise Invalid([*faults_in(error), *_definition_faults(body, validate)]) from error
    tags = None if read.tags is None else tuple(read.tags)
    return CreateWorkflow(read.definition, read.trigger_type, tags, read.status, read.slug)


def _definition_faults(body: object, validate: Validate) -> list[Fault]:
    """What else is wrong, so that one answer tells all. A definition that is missing or no object is told already."""
    definition = body.get("definition") if isinstance(body, dict) else None
    if not isinstance(definition, dict):
        return []
    return faults_of(validate(definition), "/definition")
