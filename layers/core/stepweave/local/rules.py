"""EventBridge's scheduled rules at work: moto keeps them, nothing of it ever fires.

Expressions: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
Events and transformers: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import logging
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import events_backends

from stepweave.adapters.event_patterns import EVENT

_LOG = logging.getLogger(__name__)
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}


@dataclass(frozen=True)
class Expression:
    """The minutes that a cron of EventBridge names, in UTC; of its language, what our rules are written in."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    last_day: bool

    def names(self, moment: datetime) -> bool:
        day = moment.day in self.days and (not self.last_day or moment.day == monthrange(moment.year, moment.month)[1])
        date = day and moment.isoweekday() % 7 in self.weekdays and moment.month in self.months
        return date and moment.hour in self.hours and moment.minute in self.minutes


@lru_cache(maxsize=20_000)
def read_expression(text: str) -> Expression | None:
    """None for anything but a cron of ours, such as a rule with an event pattern."""
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)", text)
    if match is None:
        return None
    minutes, hours, days, months, weekdays = match.groups()
    return Expression(
        _values(minutes, range(60)),
        _values(hours, range(24)),
        _values("*" if days == "L" else days, range(1, 32)),
        _values(months, range(1, 13)),
        _values(weekdays, range(7)),
        last_day=days == "L",
    )


def _values(field: str, everything: range) -> frozenset[int]:
    if field in ("*", "?"):
        return frozenset(everything)
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        found |= set(range(_number(first), _number(last or first) + 1))
    return frozenset(found)


def _number(word: str) -> int:
    return _WEEKDAYS[word] if word in _WEEKDAYS else int(word)


class Rules:
    """Fires the rules of the default bus. `targets`: what to call, by ARN."""

    def __init__(self, region: str, targets: Mapping[str, Callable[[Any], Any]]) -> None:
        self._region = region
        self._targets = targets

    def fire(self, minute: datetime) -> int:
        """Calls the targets of every rule that names that minute; how many were called. A call that fails is logged."""
        called = 0
        for rule in self._rules():
            expression = read_expression(rule.scheduled_expression or "")
            if rule.state == "ENABLED" and expression is not None and expression.names(minute):
                for target in list(rule.targets):
                    called += self._call(rule, target, minute)
        return called

    def publish(self, event: Mapping[str, Any]) -> int:
        """Calls the targets of every rule whose pattern an event matches; how many were called."""
        called = 0
        for rule in self._rules():
            if rule.state == "ENABLED" and rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
                for target in list(rule.targets):
                    called += self._deliver(rule, target, event)
        return called

    def _rules(self) -> list[Any]:
        bus = events_backends[DEFAULT_ACCOUNT_ID][self._region].event_buses["default"]
        return list(bus.rules.values())

    def _call(self, rule: Any, target: Mapping[str, Any], minute: datetime) -> int:
        return self._deliver(rule, target, event_of(rule.arn, minute, self._region))

    def _deliver(self, rule: Any, target: Mapping[str, Any], event: Mapping[str, Any]) -> int:
        deliver = self._targets.get(target["Arn"])
        if deliver is None:
            return 0
        try:
            deliver(_transformed(target, event))
        except Exception:
            _LOG.exception("an event was not taken; reconcile makes up for it: %s", rule.name)
        return 1


def event_of(rule_arn: str, minute: datetime, region: str) -> dict[str, Any]:
    """The event of a scheduled rule."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": DEFAULT_ACCOUNT_ID,
        "time": minute.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [rule_arn],
        "detail": {},
    }


def _transformed(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """What a target gets: the event, or its template with values of the event put in as JSON."""
    transformer = target.get("InputTransformer")
    if not transformer:
        return event
    template = str(transformer["InputTemplate"])
    if EVENT in template:
        return json.loads(template.replace(EVENT, json.dumps(event)))
    for name, path in transformer["InputPathsMap"].items():
        value = event
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        template = template.replace(f"<{name}>", json.dumps(value))
    return json.loads(template)
