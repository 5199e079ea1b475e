"""Events as attributes of the items that they are about.

A step run has `story`, JSON text, and `told`, the number of its newest event. A run's state has, for each event of its
own, `told_<kind>_<execution>`, its number, and `facts_<kind>_<execution>`: names that a writer knows before the number.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stepweave.domain.json_value import well_formed
from stepweave.domain.story import Event, RunEvent, last_number

_TOLD, _FACTS = "told_", "facts_"


def story_item(story: Sequence[Event]) -> dict[str, Any]:
    rows = [[event.number, event.kind, event.at, dict(event.facts)] for event in story]
    text = well_formed(json.dumps(rows, separators=(",", ":"), ensure_ascii=False))
    return {"story": text, "told": last_number(story)}


def story_from(item: Mapping[str, Any]) -> tuple[Event, ...]:
    return tuple(Event(number, kind, at, facts) for number, kind, at, facts in json.loads(item.get("story", "[]")))


def telling(
    kind: RunEvent, execution: int, at: str, facts: Mapping[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """What an update of a run's state sets to tell an event, under a number of its own, and the values of that.

    -> `SET <this>, #status = :status ...`: DynamoDB reads `#events` as it was before the update.
    """
    name = f"{kind}_{execution}"
    sets = f"#{_TOLD}{name} = #events + :one, #{_FACTS}{name} = :told_facts, #events = #events + :one"
    return sets, {":one": 1, ":told_facts": _facts(at, facts)}


def telling_once_after(kind: RunEvent, execution: int, at: str) -> tuple[str, dict[str, Any]]:
    """Like `telling`, but for an event that follows the last one without a number of its own, the first time only."""
    name = f"{kind}_{execution}"
    sets = (
        f"#{_TOLD}{name} = if_not_exists(#{_TOLD}{name}, #events),"
        f" #{_FACTS}{name} = if_not_exists(#{_FACTS}{name}, :told_facts)"
    )
    return sets, {":told_facts": _facts(at, None)}


def told_from(item: Mapping[str, Any]) -> tuple[Event, ...]:
    """The run's own events, in order."""
    found = []
    for name in item:
        if name.startswith(_TOLD):
            facts = json.loads(item[_FACTS + name.removeprefix(_TOLD)])
            kind: Any = name.removeprefix(_TOLD).rpartition("_")[0]
            found.append(Event(item[name], kind, facts.pop("at"), facts))
    return tuple(sorted(found, key=lambda event: event.number))


def _facts(at: str, facts: Mapping[str, Any] | None) -> str:
    return well_formed(json.dumps({"at": at, **(facts or {})}, separators=(",", ":"), ensure_ascii=False))
