"""Rules of EventBridge on the default bus, which fire schedules in UTC; two for a cron that needs both day fields.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.domain.cron import parse_cron
from stepweave.domain.schedule import Schedule
from stepweave.domain.utc_rule import rate_rule, utc_rules
from stepweave.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

AHEAD = timedelta(days=366)
"""Offsets of a zone that a rule covers; the daily check makes it anew."""
_TARGET = "fire"
_MOST = 2


class EventRules:
    """The port `services.ports.Timers`."""

    def __init__(
        self,
        client: "EventBridgeClient",
        *,
        prefix: str,
        target_arn: str,
        dead_letters_arn: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._target_arn = target_arn
        self._dead_letters_arn = dead_letters_arn
        self._clock = clock

    def put(self, schedule: Schedule) -> None:
        """PutRule and PutTargets replace what is there, so that both can be repeated."""
        expressions = self._expressions(schedule)
        try:
            for number, expression in enumerate(expressions):
                self._put(self._name(schedule.id, number), expression, schedule)
            for number in range(len(expressions), _MOST):
                self._remove(self._name(schedule.id, number))
        except ClientError as error:
            if error.response["Error"]["Code"] == "LimitExceededException":
                raise _no_more_rules() from error
            raise Unavailable("EventBridge") from error
        except BotoCoreError as error:
            raise Unavailable("EventBridge") from error

    def remove(self, schedule_id: str) -> None:
        try:
            for number in range(_MOST):
                self._remove(self._name(schedule_id, number))
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("EventBridge") from error

    def is_current(self, schedule: Schedule) -> bool:
        expressions = self._expressions(schedule)
        wanted = [(expression, _state(schedule)) for expression in expressions]
        found = [self._found(self._name(schedule.id, number)) for number in range(_MOST)]
        return [each for each in found if each is not None] == wanted

    def _expressions(self, schedule: Schedule) -> tuple[str, ...]:
        """A rate fires from its anchor on, which a rule's own `rate` does not know: so it is a cron, too."""
        timetable = schedule.timetable
        if timetable.cron is None:
            return (rate_rule(timetable.every_minutes or 1, datetime.fromisoformat(timetable.anchor)),)
        now = self._clock()
        return utc_rules(parse_cron(timetable.cron), timetable.zone, now - timedelta(days=2), now + AHEAD)

    def _put(self, name: str, expression: str, schedule: Schedule) -> None:
        self._client.put_rule(
            Name=name,
            ScheduleExpression=expression,
            State=_state(schedule),
            Description=f"Fires {schedule.id} of {schedule.workflow_id}",
        )
        template = json.dumps({"schedule_id": schedule.id, "time": "TIME"}).replace('"TIME"', "<time>")
        target: dict[str, Any] = {
            "Id": _TARGET,
            "Arn": self._target_arn,
            "InputTransformer": {"InputPathsMap": {"time": "$.time"}, "InputTemplate": template},
        }
        if self._dead_letters_arn:
            target["DeadLetterConfig"] = {"Arn": self._dead_letters_arn}
        answer = self._client.put_targets(Rule=name, Targets=[target])  # type: ignore[list-item]  # a literal
        if answer["FailedEntryCount"]:
            raise Unavailable("EventBridge")

    def _remove(self, name: str) -> None:
        with suppress(self._client.exceptions.ResourceNotFoundException):
            self._client.remove_targets(Rule=name, Ids=[_TARGET])
            self._client.delete_rule(Name=name)

    def _found(self, name: str) -> tuple[str, str] | None:
        """Expression and state of a rule that has its target."""
        try:
            rule = self._client.describe_rule(Name=name)
            targets = self._client.list_targets_by_rule(Rule=name)["Targets"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        if [target["Arn"] for target in targets] != [self._target_arn]:
            return ("no target", rule["State"])
        return (rule["ScheduleExpression"], rule["State"])

    def _name(self, schedule_id: str, number: int) -> str:
        return f"{self._prefix}-{schedule_id}-{number}"


def _state(schedule: Schedule) -> Any:
    return "ENABLED" if schedule.enabled else "DISABLED"


def _no_more_rules() -> Conflict:
    return Conflict(
        "EventBridge takes no more rules on this bus (300 by default). Raise that quota, or deploy with "
        "ScheduleBackend=scheduler, which holds millions, and move what there is by 'stepweave schedules migrate'.",
        code="timer_quota",
    )
