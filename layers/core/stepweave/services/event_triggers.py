"""Events of EventBridge that match the pattern of a trigger: each starts one run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.compiler.expressions import render
from stepweave.domain.api_key import Caller
from stepweave.domain.trigger import digest_of, triggers_of
from stepweave.errors import Conflict, ExpressionError, Invalid, NotFound, TooManyRequests
from stepweave.services.start import StartRun
from stepweave.services.triggered_runs import TriggeredPorts, begin, checked, once


@dataclass(frozen=True)
class Matched:
    """An event as it came, and the trigger that it is for: by its workflow and the digest of its pattern."""

    workflow_id: str
    digest: str
    event: Mapping[str, Any]


def deliver_event(matched: Matched, stack: str, ports: TriggeredPorts) -> str | None:
    """The run of an event; None when there is none, which the log tells. An event that comes again is one.

    Events about what this stack itself does start nothing: a run would make the next event, without end.
    """
    event = matched.event
    if is_of(stack, event):
        ports.tell("event_of_own_passed_over", workflow_id=matched.workflow_id, source=event.get("source"))
        return None
    found = ports.workflows.get(matched.workflow_id)
    triggers = triggers_of(found.version.definition, "event") if found else ()
    trigger = next((each for each in triggers if digest_of(each["pattern"]) == matched.digest), None)
    if trigger is None:
        return None  # matched by a rule that is on its way out
    try:
        return _begin(trigger, matched, ports)
    except (Conflict, ExpressionError, Invalid, NotFound, TooManyRequests) as error:
        ports.tell.fault("event_not_taken", error, workflow_id=matched.workflow_id, event_id=event.get("id"))
        return None


def is_of(stack: str, event: Mapping[str, Any]) -> bool:
    """Whether AWS tells of something that this stack has made: a machine, an execution, a rule, a function."""
    if not str(event.get("source", "")).startswith("aws."):
        return False
    text = json.dumps(event)
    return any(f"{before}{stack}-" in text for before in (":", "/", '"'))


def _begin(trigger: Mapping[str, Any], matched: Matched, ports: TriggeredPorts) -> str:
    event = matched.event
    given = render(trigger["input"], {"event": event}, now=ports.clock()) if "input" in trigger else event
    event_id, source = str(event.get("id", "")), str(event.get("source", ""))
    labels = {"event_id": event_id[:256], "event_source": source[:256]}
    wanted = StartRun(checked(trigger, given, ""), "event", labels=labels, once=once("event", event_id))
    return begin(Caller(f"event/{source}"[:100], "write"), matched.workflow_id, wanted, ports).run_id
