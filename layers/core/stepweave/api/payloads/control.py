"""Bodies that control runs."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from stepweave.api.payloads.body import Body, read
from stepweave.domain.duration import seconds_of
from stepweave.services.bulk_cancel import CancelRuns
from stepweave.services.resume import Resume


class ResumeBody(Body):
    """`POST /api/workflows/runs/{run_id}/resume`."""

    from_step: str | None = Field(
        default=None, max_length=64, description="This step and all that depends on it run again."
    )
    version: int | None = Field(
        default=None, ge=1, le=2**53 - 1, description="Without it the version that the run last ran on."
    )
    input_data: dict[str, Any] | None = Field(
        default=None, description="In the place of the run's input; only while no finished step would be kept."
    )


def resume_request(sent: object) -> Resume:
    """A body -> the request; raises `Invalid`."""
    body = read(ResumeBody, sent)
    return Resume(body.from_step, body.version, body.input_data)


def _duration(value: float | str) -> float:
    seconds = seconds_of(value)
    if seconds < 0:
        raise ValueError("must not be negative")
    return seconds


class CancelRunsBody(Body):
    """`POST /api/workflows/{id}/runs:cancel`. All that is given must hold."""

    status: list[Literal["queued", "running", "paused"]] = Field(
        default=[],
        max_length=3,
        description="Any of these; what waits counts as running. Without it every active run.",
    )
    labels: dict[str, str] = Field(default={}, max_length=20, description="Labels that a run must have.")
    older_than: Annotated[int | float | str, AfterValidator(_duration)] | None = Field(
        default=None, description="Seconds or a duration, as `1h30m`, since the run was created."
    )
    cursor: str = Field(default="", max_length=64, description="`next_cursor` of the answer before.")


def cancel_runs_request(sent: object) -> CancelRuns:
    """A body -> the request; raises `Invalid`."""
    body = read(CancelRunsBody, sent)
    older_than = None if body.older_than is None else float(body.older_than)
    return CancelRuns(body.status, body.labels, older_than, body.cursor)
