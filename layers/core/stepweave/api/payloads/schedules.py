"""Bodies about schedules."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stepweave.api.payloads.body import Body, read
from stepweave.api.payloads.moment import Moment
from stepweave.compiler.timing import MAX_JITTER
from stepweave.domain.duration import seconds_of
from stepweave.domain.schedule import OverlapPolicy
from stepweave.services.backfill import MAX_TIMES
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.schedules import ChangeSchedule, CreateSchedule
from stepweave.services.timetables import Written

_TIMETABLE = ("cron_expression", "rate", "timezone", "start_at", "end_at")
_SECONDS = {"jitter": "jitter_seconds", "catch_up": "catch_up_seconds"}
MAX_CATCH_UP = 86_400


def _at_most(most: int) -> BeforeValidator:
    def whole_seconds(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("must be a number of seconds or a text like '5m'")
        seconds = seconds_of(value)
        if seconds > most or seconds != int(seconds):
            raise ValueError(f"must be of whole seconds, at most {most}")
        return int(seconds)

    return BeforeValidator(whole_seconds, json_schema_input_type=str | int | float)


_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Jitter = Annotated[int, _at_most(MAX_JITTER)]
_CatchUp = Annotated[int, _at_most(MAX_CATCH_UP)]


class CreateScheduleBody(Body):
    """`POST /api/workflows/{id}/schedules`. Exactly one of `cron_expression` and `rate`."""

    cron_expression: _Text | None = Field(
        default=None, description="Five fields of local time, or `@daily` and the like, or `@every 15m`."
    )
    rate: _Text | None = Field(
        default=None, description="`15 minutes`, `2h`: of whole minutes, from `start_at` or now."
    )
    timezone: _Text = Field(default="UTC", description="A name of the IANA database.")
    input_data: dict[str, Any] = Field(default={}, description="Input of each run; at most 10 KB.")
    enabled: bool = True
    start_at: _Text | None = Field(default=None, description="Nothing fires before; ISO 8601 with an offset.")
    end_at: _Text | None = Field(default=None, description="Nothing fires from then on.")
    jitter: _Jitter = Field(default=0, description="A run starts up to so much after its time; at most an hour.")
    overlap_policy: OverlapPolicy = Field(
        default="skip", description="What a fire does while the run of the last one is active."
    )
    catch_up: _CatchUp = Field(
        default=3600, description="How late a fire that was never delivered may still start; 0 never, at most a day."
    )


class ChangeScheduleBody(Body):
    """`PATCH /api/workflows/schedules/{id}`: the members that are to change; `start_at` and `end_at` may be null."""

    cron_expression: _Text = Field(default="", description="Takes the place of a rate, too.")
    rate: _Text = Field(default="", description="Takes the place of a cron, too.")
    timezone: _Text = "UTC"
    input_data: dict[str, Any] = Field(default={})
    enabled: bool = True
    start_at: _Text | None = None
    end_at: _Text | None = None
    jitter: _Jitter = 0
    overlap_policy: OverlapPolicy = "skip"
    catch_up: _CatchUp = 3600


class BackfillBody(Body):
    """`POST /api/workflows/schedules/{id}/backfill`: a run for each fire time from `from` to `to`."""

    from_: Moment = Field(alias="from")
    to: Moment
    limit: int = Field(default=100, ge=1, le=MAX_TIMES)


def create_schedule_request(sent: object) -> CreateSchedule:
    """A body -> the request; raises `Invalid`."""
    body = read(CreateScheduleBody, sent)
    when = Written(**{name: getattr(body, name) for name in _TIMETABLE})
    return CreateSchedule(when, body.input_data, body.enabled, body.jitter, body.overlap_policy, body.catch_up)


def change_schedule_request(sent: object, expected: IfMatch = ANY) -> ChangeSchedule:
    """A body -> the request, of the members that were sent; raises `Invalid`."""
    body = read(ChangeScheduleBody, sent)
    given = {name: getattr(body, name) for name in body.model_fields_set}
    members = {_SECONDS.get(name, name): value for name, value in given.items() if name not in _TIMETABLE}
    return ChangeSchedule({name: value for name, value in given.items() if name in _TIMETABLE}, members, expected)


def backfill_request(sent: object) -> tuple[datetime, datetime, int]:
    """A body -> from, to, limit; raises `Invalid`."""
    body = read(BackfillBody, sent)
    return body.from_, body.to, body.limit
