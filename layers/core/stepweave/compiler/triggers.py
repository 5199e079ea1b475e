"""Problems of triggers: names given twice, secrets written out, patterns that are none."""

from collections.abc import Iterator
from typing import Any

from stepweave.domain.definition import Definition, EventTrigger, SignalTrigger, WebhookTrigger
from stepweave.domain.header import bad_header_name
from stepweave.domain.inbox import bad_signal_name
from stepweave.domain.problem import Problem, pointer
from stepweave.domain.secret import named_secret
from stepweave.domain.trigger import MOST_RULES, hook_key

_NAMED_HINT = "Write {{ secrets.NAME }} with the name of a secret; definitions can be read by everybody with a key."
_PATTERN_HINT = 'Write for example {"source": ["shop"], "detail-type": ["Order Placed"]}.'


def trigger_problems(definition: Definition) -> Iterator[Problem]:
    """Problems of the triggers themselves; those of their expressions are found with all others."""
    yield from _twice(definition)
    for index, trigger in enumerate(definition.triggers):
        at = f"/triggers/{index}"
        if isinstance(trigger, SignalTrigger):
            if reason := bad_signal_name(trigger.name):
                yield Problem("invalid_signal", f"{at}/name", f"The name of a signal trigger {reason}")
        elif isinstance(trigger, WebhookTrigger):
            yield from _verification(trigger, f"{at}/verify")
            yield from _events(trigger, at)
        else:
            yield from _pattern(trigger.pattern, f"{at}/pattern")
    events = [index for index, each in enumerate(definition.triggers) if isinstance(each, EventTrigger)]
    for index in events[MOST_RULES:]:
        message = f"A definition has at most {MOST_RULES} event triggers"
        hint = "A pattern may list several values; an input that depends on the event can tell them apart."
        yield Problem("too_many_triggers", f"/triggers/{index}", message, hint)


def _twice(definition: Definition) -> Iterator[Problem]:
    """Two triggers for the same thing would start two runs, or contend for one address."""
    first: dict[tuple[str, str], int] = {}
    for index, trigger in enumerate(definition.triggers):
        if isinstance(trigger, EventTrigger):
            continue
        member = "slug" if isinstance(trigger, WebhookTrigger) else "name"
        told = getattr(trigger, member)
        key = (trigger.type, hook_key(told) if isinstance(trigger, WebhookTrigger) else told)
        if key in first:
            message = f"Trigger {index + 1} has the {member} '{told[:100]}' of another"
            hint = f"It is first used at /triggers/{first[key]}."
            yield Problem("duplicate_trigger", f"/triggers/{index}/{member}", message, hint)
        first.setdefault(key, index)


def _verification(trigger: WebhookTrigger, at: str) -> Iterator[Problem]:
    verify = trigger.verify
    if verify.strategy != "none" and verify.secret is None:
        message = f"A webhook that is verified by '{verify.strategy}' needs a secret"
        yield Problem("secret_missing", f"{at}/secret", message, _NAMED_HINT)
    for name in ("secret", "previous_secret"):
        text = getattr(verify, name)
        if text is not None and named_secret(text) is None:
            yield Problem("secret_not_named", f"{at}/{name}", "The secret of a webhook is not named", _NAMED_HINT)
    if verify.header is not None and (reason := bad_header_name(verify.header)):
        message = f"'{verify.header[:100]}' carries no signature: {reason}"
        yield Problem("invalid_header", f"{at}/header", message)


def _events(trigger: WebhookTrigger, at: str) -> Iterator[Problem]:
    """A list of events, or what one event has in the trigger itself."""
    own = {"name": trigger.name, "filter": trigger.filter, "input": trigger.input, "schema": trigger.schema_}
    for name in (name for name, value in own.items() if trigger.events and value is not None):
        message = f"A webhook with events has no '{name}' of its own"
        yield Problem("events_or_own", f"{at}/{name}", message, "Put it into the events that it is for.")
    first: dict[str, int] = {}
    everything = next((index for index, each in enumerate(trigger.events) if each.filter is None), None)
    for index, event in enumerate(trigger.events):
        place = f"{at}/events/{index}"
        if event.name in first:
            hint = f"It is first used at {at}/events/{first[event.name]}."
            message = f"Event {index + 1} has the name '{event.name}' of another"
            yield Problem("duplicate_event", f"{place}/name", message, hint)
        elif everything is not None and index > everything:
            message = f"Event '{event.name}' is never come to: '{trigger.events[everything].name}' before it takes all"
            yield Problem("unreachable_event", place, message, "Give that one a filter, or put it last.")
        first.setdefault(event.name, index)


def _pattern(pattern: dict[str, Any], at: str) -> Iterator[Problem]:
    """EventBridge itself says the rest when the rule is made."""
    if not pattern:
        yield Problem("invalid_pattern", at, "An empty pattern matches nothing", _PATTERN_HINT)
    for name, value in pattern.items():
        place = at + pointer(name)
        if isinstance(value, dict):
            yield from _pattern(value, place)
        elif not isinstance(value, list) or not value:
            yield Problem("invalid_pattern", place, f"'{name[:100]}' must be a list of what it matches", _PATTERN_HINT)
