"""Direct executions: an agent or a task that is run by itself; started, and read.

A start fixes the id (idempotency key), stores the execution, and starts our own state machine under the id as its name.
Each of these may be repeated; what is stored is accepted, and reconcile starts it should Step Functions not answer now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.direct_execution import LONGEST_SECONDS, DirectRequest, DirectState, Kind, become
from stepweave.errors import Fault, Invalid, NotFound, StepweaveError, Unavailable
from stepweave.ids import NewId
from stepweave.services.idempotency import Once, claim, claimed_before
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, IdempotencyKeys, Machines, Tell, Values
from stepweave.services.ports.direct import DirectExecutions


@dataclass(frozen=True)
class StartDirect:
    """`of`: the agent's or task's id. `action` comes before `prompt`. `given`: what `with` gives; `seconds`: what the
    work may take, None for the most. `once`: its scope is the kind of client, to which the agent is added."""

    kind: Kind
    of: str
    project: str
    action: str | None = None
    prompt: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    seconds: int | None = None
    correlation_id: str | None = None
    once: Once | None = None

    def asked(self) -> dict[str, Any]:
        members = {"action": self.action, "prompt": self.prompt, "with": dict(self.given)}
        return {name: value for name, value in members.items() if value}


Check = Callable[[StartDirect], None]
"""Refuses what can never be done: `NotFound` for an unknown agent or task, `Invalid`."""


@dataclass(frozen=True)
class DirectPorts:
    """What keeps an execution going. `machine_arn`: of our own state machine that runs them."""

    executions: DirectExecutions
    machines: Machines
    machine_arn: str
    clock: Clock
    tell: Tell


@dataclass(frozen=True)
class DirectStartPorts:
    going: DirectPorts
    values: Values
    keys: IdempotencyKeys
    check: Check
    new_id: NewId


@dataclass(frozen=True)
class StartedDirect:
    """`replayed`: it had been accepted before, under the same idempotency key."""

    exec_id: str
    replayed: bool = False


@dataclass(frozen=True)
class ShownDirect:
    """An execution with its values; `output` is None until it is completed, and where it is to be fetched at `link`."""

    request: DirectRequest
    state: DirectState
    asked: Mapping[str, Any]
    output: Any
    link: str | None = None


def start_direct(caller: Caller, wanted: StartDirect, ports: DirectStartPorts) -> StartedDirect:
    """The execution, on its way. Raises what `ports.check` does, and `Conflict` for a key that stands for another."""
    once = _of_target(wanted)
    content = {**wanted.asked(), "seconds": wanted.seconds}
    now = ports.going.clock()
    try:
        _check_seconds(wanted.seconds)
        ports.check(wanted)
    except StepweaveError:
        before = claimed_before(once, content, ports.keys, now)
        if before and (known := ports.going.executions.state(before.resource_id)):
            return _known(known, ports.going)
        raise
    claimed = claim(once, content, ports.new_id("exec"), ports.keys, now)
    if claimed.replayed and (known := ports.going.executions.state(claimed.resource_id)):
        return _known(known, ports.going)
    request = _request(claimed.resource_id, caller, wanted, now, ports.values)
    state = become(DirectState(request.id, request.kind, request.created_at), "pending", request.created_at)
    if not ports.going.executions.create(request, state):
        known = ports.going.executions.state(request.id)
        return _known(known, ports.going) if known else StartedDirect(request.id, replayed=True)
    _begin(request.id, ports.going)
    return StartedDirect(request.id)


def _of_target(wanted: StartDirect) -> Once | None:
    if wanted.once is None:
        return None
    return replace(wanted.once, scope=f"{wanted.once.scope}/{wanted.kind}/{wanted.project}/{wanted.of}")


def _check_seconds(seconds: int | None) -> None:
    if seconds is not None and not 1 <= seconds <= LONGEST_SECONDS:
        raise Invalid([Fault("/timeout", f"takes 1 to {LONGEST_SECONDS} seconds")])


def _request(exec_id: str, caller: Caller, wanted: StartDirect, now: datetime, values: Values) -> DirectRequest:
    return DirectRequest(
        id=exec_id,
        kind=wanted.kind,
        of=wanted.of,
        project=wanted.project,
        asked=values.store(value_key(exec_id, "asked"), wanted.asked()),
        seconds=wanted.seconds or LONGEST_SECONDS,
        created_at=text_of(now),
        created_by=caller.key_id,
        correlation_id=wanted.correlation_id,
    )


def _known(state: DirectState, ports: DirectPorts) -> StartedDirect:
    """One that was accepted before. Who accepted it may have been cut off, or is still at it: both go on."""
    if state.status == "pending":
        _begin(state.exec_id, ports)
    return StartedDirect(state.exec_id, replayed=True)


def _begin(exec_id: str, ports: DirectPorts) -> None:
    try:
        begin(exec_id, ports)
    except Exception as error:
        # It is stored, so it is accepted: an error now would make the client send it again.
        ports.tell.fault("direct_start_delayed", error, exec_id=exec_id)


def begin(exec_id: str, ports: DirectPorts) -> None:
    """Has an execution done; once, however often it is asked: a name is started once."""
    if not ports.machines.start(ports.machine_arn, exec_id, {"exec_id": exec_id}):
        raise Unavailable("Step Functions")


def value_key(exec_id: str, name: str) -> str:
    """Beside the values of runs, since what forgets them after their time is to forget these too."""
    return f"runs/{exec_id}/{name}.json"


def get_direct(kind: Kind, exec_id: str, *, executions: DirectExecutions, values: Values) -> ShownDirect:
    """`NotFound` also for one of another kind."""
    found = executions.get(exec_id)
    if found is None or found[0].kind != kind:
        raise NotFound("execution", exec_id)
    request, state = found
    link = values.link(state.output) if state.output else None
    output = values.load(state.output) if state.output and link is None else None
    return ShownDirect(request, state, values.load(request.asked), output, link)


def direct_state(kind: Kind, exec_id: str, *, executions: DirectExecutions) -> DirectState:
    """Without values, for who looks again and again: one read of one item; `NotFound` as above."""
    state = executions.state(exec_id)
    if state is None or state.kind != kind:
        raise NotFound("execution", exec_id)
    return state
