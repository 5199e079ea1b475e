"""Bodies about templates."""

from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, model_validator

from stepweave.api.payloads.body import Body, read
from stepweave.services.templates import CreateTemplate, InstallTemplate

Name = Annotated[str, Field(min_length=1, max_length=200)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]


class InstallTemplateBody(Body):
    """`POST /api/workflows/templates/{template_id}/install`."""

    name: Name | None = Field(default=None, description="Of the workflow; without it the template's.")
    parameters: dict[str, JsonValue] = Field(
        default={}, description="By the template's `parameters`, a JSON Schema; what is left out has its default."
    )
    tags: Tags | None = Field(default=None, description="At most 20; without them the template's.")


class CreateTemplateBody(Body):
    """`POST /api/workflows/templates`: of a definition, or of a workflow's version."""

    definition: dict[str, Any] | None = Field(
        default=None, description="A definition, in which `{{ parameters.<name> }}` is filled at install."
    )
    workflow_id: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Id or slug of the workflow to take the definition of."
    )
    version: Annotated[int, Field(ge=1, le=99_999_999)] | None = Field(
        default=None, description="Of that workflow; without it the current one."
    )
    name: Name | None = Field(default=None, description="Without it the definition's.")
    description: Annotated[str, Field(max_length=10_000)] | None = Field(
        default=None, description="Without it the definition's."
    )
    category: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    tags: Tags | None = Field(default=None, description="At most 20; without them the definition's.")
    parameters: dict[str, JsonValue] | None = Field(
        default=None,
        description="A JSON Schema of an object; every property has a `default`, or `examples` if it must be told.",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.definition is None) == (self.workflow_id is None):
            raise ValueError("give one of definition and workflow_id")
        if self.version is not None and self.workflow_id is None:
            raise ValueError("version belongs to workflow_id")
        return self


def install_template_request(body: object) -> InstallTemplate:
    found = read(InstallTemplateBody, body)
    return InstallTemplate(found.name, found.parameters, _tuple(found.tags))


def create_template_request(body: object) -> CreateTemplate:
    found = read(CreateTemplateBody, body)
    return CreateTemplate(**{**found.model_dump(), "tags": _tuple(found.tags)})


def _tuple(tags: list[str] | None) -> tuple[str, ...] | None:
    return None if tags is None else tuple(tags)
