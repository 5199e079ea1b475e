"""Triggers of a workflow as it changes: what a new definition wants is taken before it stands, the rest let go after.

A record of all that a workflow has taken is written first and says when to look at it: whoever is cut off anywhere is
followed by reconcile, which brings what is taken in line with the definition that stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from stepweave.domain.api_key import Caller, allows
from stepweave.domain.trigger import Held, Taken, digest_of, hook_of, patterns_of, sources_of, taken_by
from stepweave.errors import Conflict, EventSourceNotAllowed, Fault, Invalid, StepweaveError, Unavailable
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Clock, EventSources, Tell, Triggers, Workflows
from stepweave.services.workflow_changes import Changed

SOON = timedelta(minutes=2)
"""Later than any request lasts."""
DAILY = timedelta(days=1)
BATCH = 25
_ENOUGH = timedelta(seconds=10)
_TRIES = 10
Definition = Mapping[str, Any]


@dataclass(frozen=True)
class TriggerPorts:
    """`allowed_sources`: of events that everybody with the role `write` may have."""

    triggers: Triggers
    sources: EventSources
    workflows: Workflows
    allowed_sources: frozenset[str]
    clock: Clock
    tell: Tell


def take(
    caller: Caller, workflow_id: str, definition: Definition, before: Definition | None, ports: TriggerPorts
) -> None:
    """Takes what a definition wants that is about to stand (a `services.workflow_changes.Guard`).

    Raises `EventSourceNotAllowed`, `Conflict` for a slug that another workflow has or when no rule is left, `Invalid`
    for a pattern that EventBridge does not take. What is taken for a definition that never comes to stand is let go.
    """
    wanted = taken_by(definition)
    if not wanted and not taken_by(before):
        return
    _refuse_sources(caller, definition, before, ports)
    _hold_more(workflow_id, wanted, ports)
    _take(workflow_id, definition, ports)


def follow(changed: Changed, ports: TriggerPorts) -> None:
    """Lets go what a workflow wants no more (a `services.workflow_changes.ChangeSink`)."""
    before = changed.replaced.definition if changed.replaced else None
    if not taken_by(changed.version.definition) and not taken_by(before):
        return
    try:
        bring_in_line(changed.workflow.id, ports)
    except StepweaveError as error:
        ports.tell.fault("triggers_not_followed", error, workflow_id=changed.workflow.id)


def bring_in_line(workflow_id: str, ports: TriggerPorts) -> None:
    """What a workflow has taken is what its current definition wants; a change meanwhile makes this begin again."""
    for _ in range(_TRIES):
        found = ports.workflows.get(workflow_id)
        definition = found.version.definition if found else None
        wanted = taken_by(definition)
        held = _hold_more(workflow_id, wanted, ports)
        if definition is not None:
            _take(workflow_id, definition, ports)
        _let_go(workflow_id, held.taken - wanted, ports)
        check = text_of(ports.clock() + DAILY) if wanted.rules else None
        if ports.triggers.hold(replace(held, taken=wanted), check_after=check):
            return
    raise Unavailable("The workflow's record of triggers")


def check_triggers(ports: TriggerPorts, ends_at: datetime) -> int:
    """How many workflows were looked at, in time for who is called until `ends_at`."""
    seen: set[str] = set()
    while ports.clock() + _ENOUGH < ends_at:
        due = [each for each in ports.triggers.due(text_of(ports.clock()), BATCH) if each not in seen]
        if not due:
            break
        for workflow_id in due:
            if ports.clock() + _ENOUGH >= ends_at:
                break
            seen.add(workflow_id)
            _check(workflow_id, ports)
    return len(seen)


def _check(workflow_id: str, ports: TriggerPorts) -> None:
    """One that cannot be helped now is left for later, and blocks no other."""
    try:
        bring_in_line(workflow_id, ports)
    except Exception as error:
        ports.tell.fault("triggers_not_checked", error, workflow_id=workflow_id)
        ports.triggers.hold(ports.triggers.held(workflow_id), check_after=text_of(ports.clock() + 5 * SOON))


def _refuse_sources(caller: Caller, definition: Definition, before: Definition | None, ports: TriggerPorts) -> None:
    """A pattern that the workflow has already was allowed then."""
    if allows(caller.role, "admin"):
        return
    known = {digest_of(each) for each in patterns_of(before or {})}
    for pattern in patterns_of(definition):
        sources = sources_of(pattern)
        if digest_of(pattern) not in known and (sources is None or not sources <= ports.allowed_sources):
            raise EventSourceNotAllowed(caller.role)


def _hold_more(workflow_id: str, wanted: Taken, ports: TriggerPorts) -> Held:
    for _ in range(_TRIES):
        held = ports.triggers.held(workflow_id)
        more = replace(held, taken=held.taken | wanted)
        if ports.triggers.hold(more, check_after=text_of(ports.clock() + SOON)):
            return replace(more, rev=held.rev + 1)
    raise Unavailable("The workflow's record of triggers")


def _take(workflow_id: str, definition: Definition, ports: TriggerPorts) -> None:
    wanted = taken_by(definition)
    for slug in sorted(wanted.hooks):
        _take_hook(slug, workflow_id, ports)
    for position, pattern in enumerate(patterns_of(definition)):
        _put_rule(workflow_id, position, pattern, ports)
    for name in sorted(wanted.signals):
        ports.triggers.listen(name, workflow_id)


def _take_hook(slug: str, workflow_id: str, ports: TriggerPorts) -> None:
    now = ports.clock()
    owner = ports.triggers.take_hook(slug, workflow_id, text_of(now))
    if owner[0] == workflow_id:
        return
    if _is_in_use(slug, owner, now, ports) or not ports.triggers.pass_hook(slug, owner, workflow_id, text_of(now)):
        raise Conflict(
            f"Another workflow has a webhook trigger with the slug '{slug}'. Choose another slug, or remove it there.",
            code="hook_taken",
        )


def _is_in_use(slug: str, owner: tuple[str, str], now: datetime, ports: TriggerPorts) -> bool:
    """Also while the owner's definition may be about to stand."""
    found = ports.workflows.get(owner[0])
    stands = found is not None and hook_of(found.version.definition, slug) is not None
    return stands or moment_of(owner[1]) > now - SOON


def _put_rule(workflow_id: str, position: int, pattern: Mapping[str, Any], ports: TriggerPorts) -> None:
    try:
        ports.sources.put(workflow_id, str(position), pattern)
    except Invalid as error:
        raise Invalid([Fault("/definition/triggers", fault.message) for fault in error.faults]) from error


def _let_go(workflow_id: str, taken: Taken, ports: TriggerPorts) -> None:
    for slug in taken.hooks:
        ports.triggers.release_hook(slug, workflow_id)
    for name in taken.signals:
        ports.triggers.silence(name, workflow_id)
    for position in taken.rules:
        ports.sources.remove(workflow_id, position)
