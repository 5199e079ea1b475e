"""Bodies about workflows."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from stepweave.api.payloads.body import Body, T, faults_in, read
from stepweave.domain.problem import Problem
from stepweave.domain.workflow import RESERVED_SLUGS, SLUG, TriggerType, WorkflowStatus
from stepweave.errors import Fault, Invalid
from stepweave.services.idempotency import Once
from stepweave.services.preconditions import IfMatch
from stepweave.services.problems import faults_of
from stepweave.services.workflow_replacement import ReplaceWorkflow
from stepweave.services.workflow_status import SetStatus
from stepweave.services.workflows import KEPT, CreateWorkflow

Validate = Callable[[object], Sequence[Problem]]
SLUG_RULE = (
    "a letter or digit, then at most 99 letters, digits, '.', '_' or '-'; no path word, not beginning with 'wf_'"
)


def _slug(value: str) -> str:
    if not re.fullmatch(SLUG, value) or value in RESERVED_SLUGS or value.startswith("wf_"):
        raise ValueError(f"must be {SLUG_RULE}")
    return value


Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]
Slug = Annotated[str, AfterValidator(_slug)]


class CreateWorkflowBody(Body):
    """`POST /api/workflows`."""

    definition: dict[str, Any]
    trigger_type: TriggerType = "manual"
    tags: Tags | None = Field(default=None, description="At most 20; without them the definition's own.")
    status: WorkflowStatus = "active"
    slug: Slug | None = Field(default=None, description=f"A name for paths, unique: {SLUG_RULE}.")


class ReplaceWorkflowBody(Body):
    """`PUT /api/workflows/{id}`. What is left out stays as it is."""

    definition: dict[str, Any]
    change_summary: Annotated[str, Field(min_length=1, max_length=1_000)] | None = Field(
        default=None, description="Of the new version; without it one is made of what has changed."
    )
    tags: Tags | None = Field(default=None, description="At most 20; null: the definition's own.")
    trigger_type: TriggerType = "manual"
    slug: Slug | None = Field(default=None, description=f"A name for paths, unique: {SLUG_RULE}; null: none.")


class SetStatusBody(Body):
    """`PATCH /api/workflows/{id}/status`."""

    status: WorkflowStatus


def create_workflow_request(body: object, validate: Validate, key: str | None = None) -> CreateWorkflow:
    """A body -> the request; raises `Invalid` with the faults of the body and of its definition together."""
    found = _read(CreateWorkflowBody, body, validate)
    once = Once("workflow", key) if key else None
    return CreateWorkflow(found.definition, found.trigger_type, _tuple(found.tags), found.status, found.slug, once)


def replace_workflow_request(body: object, validate: Validate, expected: IfMatch) -> ReplaceWorkflow:
    """The same for a change."""
    found = _read(ReplaceWorkflowBody, body, validate)
    given = found.model_fields_set
    return ReplaceWorkflow(
        found.definition,
        found.change_summary,
        tags=_tuple(found.tags) if "tags" in given else KEPT,
        trigger_type=found.trigger_type if "trigger_type" in given else KEPT,
        slug=found.slug if "slug" in given else KEPT,
        if_match=expected,
    )


def set_status_request(body: object, expected: IfMatch) -> SetStatus:
    return SetStatus(read(SetStatusBody, body).status, expected)


def _read(model: type[T], body: object, validate: Validate) -> T:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Invalid([*faults_in(error), *_definition_faults(body, validate)]) from error


def _tuple(tags: list[str] | None) -> tuple[str, ...] | None:
    return None if tags is None else tuple(tags)


def _definition_faults(body: object, validate: Validate) -> list[Fault]:
    """What else is wrong, so that one answer tells all. A definition that is missing or no object is told already."""
    definition = body.get("definition") if isinstance(body, dict) else None
    if not isinstance(definition, dict):
        return []
    return faults_of(validate(definition), "/definition")
