"""Triggers: what a definition takes hold of outside of it, so that the outside can start its workflow."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_RULES = 5
"""Event triggers of one definition: a bus holds 300 rules (EventBridge quotas), for all workflows together."""
Definition = Mapping[str, Any]


@dataclass(frozen=True)
class Taken:
    """signals: names. hooks: slugs, in lower case, since they are unique so. rules: positions among event triggers."""

    signals: frozenset[str] = frozenset()
    hooks: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()

    def __or__(self, other: "Taken") -> "Taken":
        return Taken(self.signals | other.signals, self.hooks | other.hooks, self.rules | other.rules)

    def __sub__(self, other: "Taken") -> "Taken":
        return Taken(self.signals - other.signals, self.hooks - other.hooks, self.rules - other.rules)

    def __bool__(self) -> bool:
        return bool(self.signals or self.hooks or self.rules)


@dataclass(frozen=True)
class Held:
    """What a workflow has taken, as its record says: more than its definition wants while it changes."""

    workflow_id: str
    taken: Taken = Taken()
    rev: int = 0


def taken_by(definition: Definition | None) -> Taken:
    """What a definition wants; nothing for the one of a deleted workflow."""
    if definition is None:
        return Taken()
    return Taken(
        frozenset(each["name"] for each in triggers_of(definition, "signal")),
        frozenset(hook_key(each["slug"]) for each in triggers_of(definition, "webhook")),
        frozenset(str(number) for number in range(len(patterns_of(definition)))),
    )


def triggers_of(definition: Definition, kind: str) -> Iterator[Mapping[str, Any]]:
    """Its triggers of one type, as they were written, in order."""
    return (each for each in definition.get("triggers", ()) if each["type"] == kind)


def patterns_of(definition: Definition) -> Sequence[Mapping[str, Any]]:
    """The patterns of its event triggers, in order."""
    return [each["pattern"] for each in triggers_of(definition, "event")]


def hook_key(slug: str) -> str:
    """-> `orders` of `Orders`"""
    return slug.lower()


def hook_of(definition: Definition, slug: str) -> Mapping[str, Any] | None:
    """Its webhook trigger of that slug."""
    found = (each for each in triggers_of(definition, "webhook") if hook_key(each["slug"]) == hook_key(slug))
    return next(found, None)


def events_of(hook: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The events of a webhook trigger, each with a name; one without a list is itself the one event that it has."""
    return hook.get("events") or [{**hook, "name": hook.get("name") or hook["slug"]}]


def digest_of(pattern: Mapping[str, Any]) -> str:
    """16 characters that tell patterns apart: an event that is still on its way names the one that it has matched."""
    return hashlib.sha256(json.dumps(pattern, sort_keys=True).encode()).hexdigest()[:16]


def sources_of(pattern: Mapping[str, Any]) -> frozenset[str] | None:
    """The sources that a pattern names outright; None when it could match others as well."""
    named = pattern.get("source")
    if not isinstance(named, list) or not named or not all(isinstance(each, str) for each in named):
        return None
    return frozenset(named)
