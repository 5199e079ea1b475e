"""Bodies about runs."""

from datetime import UTC
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from stepweave.api.payloads.body import Body, read
from stepweave.api.payloads.moment import Moment
from stepweave.domain.duration import seconds_of
from stepweave.services.idempotency import Once
from stepweave.services.start import StartRun

MAX_INTEGER = 2**53 - 1


def _delay(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a duration, for example '5m' or a number of seconds")
    return seconds_of(value)


class StartRunBody(Body):
    """`POST /api/workflows/{id}/run`. Labels lie with the run in one item of the store, hence their limits."""

    input_data: dict[str, Any] = Field(default={}, description="What `{{ input }}` is in expressions.")
    trigger: str = Field(
        default="manual",
        min_length=1,
        max_length=64,
        description="`manual`, `schedule`, `event`, `webhook`, `signal` have a meaning; any other text is kept.",
    )
    version: int | None = Field(default=None, ge=1, le=MAX_INTEGER, description="Without it the current one.")
    labels: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=256)]],
        Field(max_length=20),
    ] = Field(default={}, description="At most 20 names of up to 64 characters, values of up to 256.")
    run_at: Moment | None = Field(
        default=None,
        description="When the run is to start, an ISO 8601 time with its zone, within a year; until then it is queued.",
    )
    delay: Annotated[float, BeforeValidator(_delay, json_schema_input_type=str | float)] | None = Field(
        default=None, description="Instead of `run_at`: a duration from now, as `90`, `5m` or `1h30m`."
    )

    @model_validator(mode="after")
    def _one_time(self) -> "StartRunBody":
        if self.run_at is not None and self.delay is not None:
            raise ValueError("send either run_at or delay")
        return self


def start_run_request(sent: object, key: str | None = None) -> StartRun:
    """A body and a client's idempotency key -> the request; raises `Invalid`."""
    body = read(StartRunBody, sent)
    return StartRun(
        input_data=body.input_data,
        trigger=body.trigger,
        version=body.version,
        labels=body.labels,
        run_at=body.run_at.astimezone(UTC) if body.run_at else None,
        delay=body.delay,
        once=Once("run", key) if key else None,
    )
