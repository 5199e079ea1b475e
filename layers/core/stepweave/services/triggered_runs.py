"""Runs that something outside starts: each delivery one run, however often it comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.errors import Conflict, Fault, Invalid
from stepweave.services.idempotency import Once
from stepweave.services.ports import Clock, IdempotencyKeys, Tell, Triggers, Workflows
from stepweave.services.problems import faults_of
from stepweave.services.start import Started, StartRun

REMEMBERED = 3 * 86_400
"""Seconds for which a delivery is known again: longer than anybody tries to deliver (EventBridge: a day)."""


@dataclass(frozen=True)
class TriggeredPorts:
    triggers: Triggers
    workflows: Workflows
    keys: IdempotencyKeys
    start: Callable[[Caller, str, StartRun], Started]
    clock: Clock
    tell: Tell


@dataclass(frozen=True)
class Begun:
    """`duplicate`: an earlier delivery has started that run."""

    run_id: str
    duplicate: bool


def once(scope: str, key: str) -> Once:
    return Once(scope, key, REMEMBERED)


def begin(caller: Caller, workflow_id: str, request: StartRun, ports: TriggeredPorts) -> Begun:
    """Starts the run unless an earlier delivery has, whatever input that one had. Raises what starting a run raises."""
    try:
        started = ports.start(caller, workflow_id, request)
    except Conflict as error:
        known = request.once if error.code == "idempotency_conflict" else None
        before = ports.keys.standing(f"{known.scope}/{workflow_id}", known.key, ports.clock()) if known else None
        if before is None:
            raise
        return Begun(before.resource_id, duplicate=True)
    return Begun(started.state.run_id, started.replayed)


def checked(trigger: Mapping[str, Any], given: Any, at: str) -> Mapping[str, Any]:
    """The input of a run, as the trigger's schema wants it. Raises `Invalid`, with places below `at`."""
    if not isinstance(given, Mapping):
        raise Invalid([Fault(at, "An object is needed: it becomes the input of the run.")])
    schema = trigger.get("schema")
    if schema is not None:
        from stepweave.compiler.schema_values import value_problems

        if faults := faults_of(value_problems(schema, given), at):
            raise Invalid(faults)
    return given
