"""Rules of EventBridge with the patterns of event triggers, on the default bus.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from stepweave.domain.trigger import digest_of
from stepweave.errors import Conflict, Fault, Invalid, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_TARGET = "start"
EVENT = "<aws.events.event.json>"
"""Stands for the whole event in a target's input (EventBridge user guide, "Input transformation")."""


class EventPatterns:
    """The port `services.ports.EventSources`."""

    def __init__(self, client: "EventBridgeClient", *, prefix: str, target_arn: str, dead_letters_arn: str) -> None:
        self._client = client
        self._prefix = prefix
        self._target_arn = target_arn
        self._dead_letters_arn = dead_letters_arn

    def put(self, workflow_id: str, position: str, pattern: Mapping[str, Any]) -> None:
        """PutRule and PutTargets replace what is there, so that both can be repeated."""
        name = self._name(workflow_id, position)
        try:
            self._client.put_rule(
                Name=name,
                EventPattern=json.dumps(pattern),
                State="ENABLED",
                Description=f"Starts runs of {workflow_id}",
            )
            answer = self._client.put_targets(Rule=name, Targets=[self._target(workflow_id, pattern)])
        except ClientError as error:
            raise _refusal(error) from error
        except BotoCoreError as error:
            raise Unavailable("EventBridge") from error
        if answer["FailedEntryCount"]:
            raise Unavailable("EventBridge")

    def remove(self, workflow_id: str, position: str) -> None:
        name = self._name(workflow_id, position)
        try:
            with suppress(self._client.exceptions.ResourceNotFoundException):
                self._client.remove_targets(Rule=name, Ids=[_TARGET])
                self._client.delete_rule(Name=name)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("EventBridge") from error

    def _target(self, workflow_id: str, pattern: Mapping[str, Any]) -> Any:
        given = json.dumps({"workflow_id": workflow_id, "pattern": digest_of(pattern), "event": "EVENT"})
        target: dict[str, Any] = {
            "Id": _TARGET,
            "Arn": self._target_arn,
            "InputTransformer": {"InputPathsMap": {}, "InputTemplate": given.replace('"EVENT"', EVENT)},
        }
        if self._dead_letters_arn:
            target["DeadLetterConfig"] = {"Arn": self._dead_letters_arn}
        return target

    def _name(self, workflow_id: str, position: str) -> str:
        return rule_name(self._prefix, workflow_id, position)


def rule_name(prefix: str, workflow_id: str, position: str) -> str:
    """-> `stepweave-trig_01KA...-0`"""
    return f"{prefix}-trig_{workflow_id.removeprefix('wf_')}-{position}"


def _refusal(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code == "InvalidEventPatternException":
        return Invalid([Fault("", f"EventBridge does not take the pattern: {error.response['Error']['Message']}")])
    if code == "LimitExceededException":
        message = (
            "EventBridge takes no more rules on this bus (300 by default). Raise that quota, or deploy with "
            "ScheduleBackend=scheduler, so that schedules need none, and move them by 'stepweave schedules migrate'."
        )
        return Conflict(message, code="timer_quota")
    return Unavailable("EventBridge")
