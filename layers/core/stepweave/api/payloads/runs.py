"""Bodies about runs."""

from typing import Annotated, Any

from pydantic import Field

from stepweave.api.payloads.body import Body, read
from stepweave.services.runs import StartRun


class StartRunBody(Body):
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


def start_run_request(sent: object) -> StartRun:
    """A body -> the request; raises `Invalid`."""
    body = read(StartRunBody, sent)
    return StartRun(body.input_data, body.trigger, body.version, body.labels)
