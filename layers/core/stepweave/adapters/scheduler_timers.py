"""Schedules of EventBridge Scheduler, which fire in their own zones; two for a cron that needs both day fields.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.domain.cron import parse_cron
from stepweave.domain.schedule import Schedule
from stepweave.domain.utc_rule import rate_rule, utc_rules
from stepweave.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

_MOST = 2
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class SchedulerTimers:
    """The port `services.ports.Timers`. `group`: of the schedules of the stack; `role_arn`: may call the target."""

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        *,
        group: str,
        target_arn: str,
        role_arn: str,
        dead_letters_arn: str,
    ) -> None:
        self._client = client
        self._group = group
        self._target_arn = target_arn
        self._role_arn = role_arn
        self._dead_letters_arn = dead_letters_arn

    def put(self, schedule: Schedule) -> None:
        wanted = self._wanted(schedule)
        try:
            for number, request in enumerate(wanted):
                self._put(_name(schedule.id, number), request)
            for number in range(len(wanted), _MOST):
                self._remove(_name(schedule.id, number))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ServiceQuotaExceededException":
                raise _no_more() from error
            raise Unavailable("EventBridge Scheduler") from error
        except BotoCoreError as error:
            raise Unavailable("EventBridge Scheduler") from error

    def remove(self, schedule_id: str) -> None:
        try:
            for number in range(_MOST):
                self._remove(_name(schedule_id, number))
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("EventBridge Scheduler") from error

    def is_current(self, schedule: Schedule) -> bool:
        wanted = [_told(request) for request in self._wanted(schedule)]
        found = [self._found(_name(schedule.id, number)) for number in range(_MOST)]
        return [_told(each) for each in found if each is not None] == wanted

    def _wanted(self, schedule: Schedule) -> list[dict[str, Any]]:
        expressions, zone = _expressions(schedule)
        target: dict[str, Any] = {
            "Arn": self._target_arn,
            "RoleArn": self._role_arn,
            "Input": json.dumps({"schedule_id": schedule.id, "time": "<aws.scheduler.scheduled-time>"}),
        }
        if self._dead_letters_arn:
            target["DeadLetterConfig"] = {"Arn": self._dead_letters_arn}
        return [
            {
                "ScheduleExpression": expression,
                "ScheduleExpressionTimezone": zone,
                "State": "ENABLED" if schedule.enabled else "DISABLED",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": target,
            }
            for expression in expressions
        ]

    def _put(self, name: str, request: dict[str, Any]) -> None:
        """UpdateSchedule replaces all of it; CreateSchedule takes what is not there."""
        named = {"Name": name, "GroupName": self._group, **request}
        try:
            self._client.update_schedule(**named)
        except self._client.exceptions.ResourceNotFoundException:
            with suppress(self._client.exceptions.ConflictException):  # made by another meanwhile, for the same record
                self._client.create_schedule(**named)

    def _remove(self, name: str) -> None:
        with suppress(self._client.exceptions.ResourceNotFoundException):
            self._client.delete_schedule(Name=name, GroupName=self._group)

    def _found(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self._client.get_schedule(Name=name, GroupName=self._group))
        except self._client.exceptions.ResourceNotFoundException:
            return None


def _expressions(schedule: Schedule) -> tuple[tuple[str, ...], str]:
    """Its expressions and their zone. A rate is counted in UTC, from its anchor."""
    timetable = schedule.timetable
    if timetable.cron is None:
        return (rate_rule(timetable.every_minutes or 1, datetime.fromisoformat(timetable.anchor)),), "UTC"
    return utc_rules(parse_cron(timetable.cron), UTC, _ANY_DAY, datetime(2027, 1, 1, tzinfo=UTC)), timetable.timezone


def _told(request: dict[str, Any]) -> tuple[str, str, str, str]:
    expression, zone = request["ScheduleExpression"], request["ScheduleExpressionTimezone"]
    return expression, zone, request["State"], request["Target"]["Arn"]


def _name(schedule_id: str, number: int) -> str:
    return f"{schedule_id}-{number}"


def _no_more() -> Conflict:
    message = "EventBridge Scheduler takes no more schedules in this Region; raise its quota of schedules."
    return Conflict(message, code="timer_quota")
