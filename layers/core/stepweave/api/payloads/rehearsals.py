"""Bodies of rehearsals."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from stepweave.api.payloads.body import Body, read
from stepweave.services.rehearsal import Rehearsal
from stepweave.services.rehearsal_mocks import RETRY_CLASSES, Mock, MockError


class MockErrorBody(Body):
    """The error that an attempt ends with."""

    code: str = Field(min_length=1, max_length=100, description="As `steps.<id>.error.code` tells it.")
    message: str = Field(default="As the mock says.", max_length=10_000)
    kind: Literal["timeout", "connection", "throttled", "server_error", "permanent"] | None = Field(
        default=None,
        description="What `retry.on` knows it by. Without it the code, if it is one of these words, else `permanent`.",
    )


class MockBody(Body):
    """What a step does in place of its work."""

    output: Any = Field(default=None, description="Its output; of a condition `{branch}`, of a loop the whole list.")
    error: MockErrorBody | None = None
    times: int | None = Field(
        default=None, ge=1, le=100, description="So many attempts fail, then it yields; without `error` with a 503."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if "output" in self.model_fields_set and self.error is not None and self.times is None:
            raise ValueError("with 'error' and without 'times' every attempt fails, and 'output' is never reached")
        return self


class RehearseWorkflowBody(Body):
    """`POST /api/workflows/{id}/test`."""

    input_data: dict[str, Any] = Field(default={}, description="What `{{ input }}` is in expressions.")
    mocks: Annotated[dict[str, MockBody], Field(max_length=5_000)] = Field(
        default={}, description="By step id; `<id>@<iteration>` is for one item of a loop."
    )
    version: int | None = Field(default=None, ge=1, le=2**53 - 1, description="Without it the current one.")


class RehearseDefinitionBody(Body):
    """`POST /api/workflows/test`."""

    definition: Any
    input_data: dict[str, Any] = Field(default={}, description="What `{{ input }}` is in expressions.")
    mocks: Annotated[dict[str, MockBody], Field(max_length=5_000)] = Field(
        default={}, description="By step id; `<id>@<iteration>` is for one item of a loop."
    )


def workflow_rehearsal(sent: object) -> Rehearsal:
    """A body -> the request; raises `Invalid`."""
    body = read(RehearseWorkflowBody, sent)
    return Rehearsal(body.input_data, _mocks(body.mocks), body.version)


def definition_rehearsal(sent: object) -> Rehearsal:
    """A body -> the request without its definition; raises `Invalid`."""
    body = read(RehearseDefinitionBody, sent)
    return Rehearsal(body.input_data, _mocks(body.mocks))


def _mocks(sent: dict[str, MockBody]) -> dict[str, Mock]:
    return {key: Mock(body.output, _error(body), body.times) for key, body in sent.items()}


def _error(body: MockBody) -> MockError | None:
    error = body.error
    if error is None:
        return None if body.times is None else MockError("http_status", "503, as the mock says.", "server_error")
    kind = error.kind or (error.code if error.code in RETRY_CLASSES else "permanent")
    return MockError(error.code, error.message, kind)
