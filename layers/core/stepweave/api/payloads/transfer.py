"""Documents of workflows, as JSON or as YAML."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from stepweave.api.payloads.body import Body, read
from stepweave.api.payloads.workflows import SLUG_RULE, Slug, Tags
from stepweave.domain.workflow import TriggerType, WorkflowStatus
from stepweave.services.transfer import Document

_ID = re.compile(r"wf_[0-9A-HJKMNP-TV-Z]{26}")


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("must be 'wf_' and 26 characters")
    return value


class ImportWorkflowBody(Body):
    """`POST /api/workflows/import`: what export answers. Where a workflow has that id, else that slug, it is meant."""

    id: Annotated[str, AfterValidator(_id)] | None = Field(
        default=None, description="Of the workflow that is meant; a new workflow gets it if it is free."
    )
    slug: Slug | None = Field(default=None, description=f"A name for paths, unique: {SLUG_RULE}.")
    trigger_type: TriggerType | None = None
    status: WorkflowStatus | None = None
    tags: Tags | None = Field(default=None, description="At most 20; without them the definition's.")
    definition: dict[str, Any]


def import_request(body: object) -> Document:
    found = read(ImportWorkflowBody, body)
    tags = None if found.tags is None else tuple(found.tags)
    return Document(found.definition, found.id, found.slug, found.trigger_type, found.status, tags)
