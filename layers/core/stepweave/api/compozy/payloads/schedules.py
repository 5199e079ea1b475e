"""Bodies about schedules."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field

from stepweave.api.payloads.body import Body, read
from stepweave.errors import Fault, Invalid
from stepweave.services.schedules import ChangeSchedule


class UpdateScheduleBody(Body):
    """`PATCH /api/v0/schedules/{workflow_id}`: at least one of both."""

    model_config = ConfigDict(extra="ignore", strict=True)

    enabled: bool | None = None
    cron: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Five fields, six with seconds 0 first, `@hourly` and the like, or `@every` so many minutes.",
    )


def update_request(sent: object) -> ChangeSchedule:
    """A body -> the request; raises `Invalid`."""
    body = read(UpdateScheduleBody, sent)
    if body.enabled is None and body.cron is None:
        raise Invalid([Fault("", "Send 'enabled', 'cron', or both.")])
    when: Mapping[str, str | None] = {} if body.cron is None else {"cron_expression": body.cron}
    members: dict[str, Any] = {} if body.enabled is None else {"enabled": body.enabled}
    return ChangeSchedule(when, members)
