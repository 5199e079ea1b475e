"""Signals to workflows: what is sent by name starts each workflow that has a trigger of that name."""

from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.trigger import triggers_of
from stepweave.errors import Conflict, Invalid, NotFound, TooManyRequests
from stepweave.ids import NewId
from stepweave.services.idempotency import Once, claim
from stepweave.services.start import StartRun
from stepweave.services.triggered_runs import TriggeredPorts, begin, checked, once

MOST_STARTED = 100
"""Workflows that one signal starts: as many as fit into a request."""


@dataclass(frozen=True)
class Publish:
    name: str
    payload: Any
    once: Once | None = None


def publish(caller: Caller, request: Publish, new_id: NewId, ports: TriggeredPorts) -> str:
    """The id of the event. Who sends it again with its key, after an error, starts what is missing and nothing twice.

    A name that nobody waits for starts nothing. A workflow that cannot take it is told in the log, and stops no other.
    Raises `Conflict` (`idempotency_conflict`).
    """
    content = {"name": request.name, "payload": request.payload}
    event_id = claim(request.once, content, new_id("evt"), ports.keys, ports.clock()).resource_id
    for workflow_id in ports.triggers.listeners(request.name, MOST_STARTED):
        _start(caller, workflow_id, event_id, request, ports)
    return event_id


def _start(caller: Caller, workflow_id: str, event_id: str, request: Publish, ports: TriggeredPorts) -> None:
    found = ports.workflows.get(workflow_id)
    triggers = triggers_of(found.version.definition, "signal") if found else ()
    trigger = next((each for each in triggers if each["name"] == request.name), None)
    if trigger is None:
        return  # its definition has changed a moment ago
    labels = {"signal": request.name, "event_id": event_id}
    try:
        given = checked(trigger, request.payload, "/payload")
        wanted = StartRun(given, "signal", labels=labels, once=once("signal-trigger", event_id))
        begin(caller, workflow_id, wanted, ports)
    except (Conflict, Invalid, NotFound, TooManyRequests) as error:
        ports.tell.fault("signal_not_taken", error, workflow_id=workflow_id, event_id=event_id)
