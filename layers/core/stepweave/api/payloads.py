"""What request bodies may hold, and the requests to use cases that come of them: strict, closed, all faults at once."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stepweave.domain.problem import Problem, pointer
from stepweave.domain.workflow import RESERVED_SLUGS, SLUG, TriggerType, WorkflowStatus
from stepweave.errors import Fault, Invalid
from stepweave.services.problems import faults_of
from stepweave.services.runs import StartRun
from stepweave.services.workflows import CreateWorkflow

Validate = Callable[[object], Sequence[Problem]]
SLUG_RULE = (
    "a letter or digit, then at most 99 letters, digits, '.', '_' or '-'; no path word, not beginning with 'wf_'"
)


def _slug(value: str) -> str:
    if not re.fullmatch(SLUG, value) or value in RESERVED_SLUGS or value.startswith("wf_"):
        raise ValueError(f"must be {SLUG_RULE}")
    return value


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CreateWorkflowBody(_Body):
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


class StartRunBody(_Body):
    """`POST /api/workflows/{id}/run`. Labels lie with the run in one item of the store, hence their limits."""

    input_data: dict[str, Any] = Field(default={}, description="What `{{ input }}` is in expressions.")
    trigger: str = Field(
        default="manual",
        min_length=1,
        max_length=64,
        description="`manual`, `schedule`, `event`, `webhook`, `signal` have a meaning; any other text is kept.",
    )
    version: int | None = Field(default=None, ge=1, le=2**53 - 1, description="Without it the current one.")
    labels: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=256)]],
        Field(max_length=20),
    ] = Field(default={}, description="At most 20 names of up to 64 characters, values of up to 256.")


_T = TypeVar("_T", bound=_Body)


def create_workflow_request(body: object, validate: Validate) -> CreateWorkflow:
    """A body -> the request; raises `Invalid` with the faults of the body and of its definition together."""
    try:
        read = CreateWorkflowBody.model_validate(body)
    except ValidationError as error:
        raise Invalid([*_faults(error), *_definition_faults(body, validate)]) from error
    tags = None if read.tags is None else tuple(read.tags)
    return CreateWorkflow(read.definition, read.trigger_type, tags, read.status, read.slug)


def start_run_request(body: object) -> StartRun:
    """A body -> the request; raises `Invalid`."""
    read = _read(StartRunBody, body)
    return StartRun(read.input_data, read.trigger, read.version, read.labels)


def object_body(body: object) -> dict[str, Any]:
    """The body as the object it must be; raises `Invalid`."""
    if not isinstance(body, dict):
        raise Invalid([_NOT_AN_OBJECT])
    return body


UNKNOWN_MEMBER = "Unknown member."
_NOT_AN_OBJECT = Fault("", "The body must be a JSON object.")


def _read(model: type[_T], body: object) -> _T:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Invalid(_faults(error)) from error


def _faults(error: ValidationError) -> list[Fault]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(_place(each["loc"]), _sentence(each["type"], each["msg"])) for each in found]


def _place(loc: tuple[str | int, ...]) -> str:
    """pydantic marks a fault in a member's name by a last part `[key]`."""
    return pointer(*(part for part in loc if part != "[key]"))


def _sentence(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "This member is required."
        case "extra_forbidden":
            return UNKNOWN_MEMBER
        case "model_type":
            return _NOT_AN_OBJECT.message
        case "value_error":
            return f"{message.removeprefix('Value error, ').capitalize()}."
    return f"{message}."


def _definition_faults(body: object, validate: Validate) -> list[Fault]:
    """What else is wrong, so that one answer tells all. A definition that is missing or no object is told already."""
    definition = body.get("definition") if isinstance(body, dict) else None
    if not isinstance(definition, dict):
        return []
    return faults_of(validate(definition), "/definition")
