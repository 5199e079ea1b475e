"""Who refers to what: nothing that is referred to is deleted.

Whoever is about to refer to a resource says so beside it before their own write, and takes it back after a write that
drops the reference. What is said there is therefore never too little; what is too much, for a write was refused or cut
off, is found out when the resource is to be deleted, by looking at the one who said it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.reference import Ref, User, named_by_definition, named_by_resource
from stepweave.errors import Reference
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Clock, Resources, Use, Workflows
from stepweave.services.workflow_changes import Changed

SOON = timedelta(seconds=35)
"""Longer than a request lasts: what was said so shortly ago may be about to come true."""
_SHOWN = 100


@dataclass(frozen=True)
class ReferencePorts:
    resources: Resources
    workflows: Workflows
    clock: Clock


def refer(user: User, wanted: frozenset[Ref], stands: frozenset[Ref], resources: Resources, now: str) -> None:
    """Says what `user` is about to refer to beside what it does already."""
    for ref in sorted(wanted - stands):
        resources.use(ref, user, now)


def release(user: User, dropped: frozenset[Ref], resources: Resources, written_at: str) -> None:
    """Takes back what `user` refers to no more since its write at that time; what it has said after that time stays."""
    for ref in sorted(dropped):
        resources.release(ref, user, before=written_at)


def refer_by_definition(
    caller: Caller,  # noqa: ARG001  # as a `Guard` is called
    workflow_id: str,
    definition: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    *,
    resources: Resources,
    clock: Clock,
) -> None:
    """Of a definition that is about to stand (a `services.workflow_changes.Guard`)."""
    wanted, stands = named_by_definition(definition), named_by_definition(before)
    refer(User("workflow", workflow_id), wanted, stands, resources, text_of(clock()))


def release_by_change(changed: Changed, *, resources: Resources) -> None:
    """Of a workflow that refers to something no more (a `services.workflow_changes.ChangeSink`)."""
    user, stands = User("workflow", changed.workflow.id), named_by_definition(changed.version.definition)
    if changed.deleted:
        release(user, stands, resources, "~")  # a workflow that was deleted never comes back
    elif changed.replaced:
        dropped = named_by_definition(changed.replaced.definition) - stands
        release(user, dropped, resources, changed.version.created_at)


def references_to(ref: Ref, ports: ReferencePorts) -> Sequence[Reference]:
    """Those that refer to a resource, at most a hundred; what was said and is not true is taken back."""
    while uses := ports.resources.uses(ref, _SHOWN):
        found = [(use.user.kind, shown) for use in uses if (shown := _shown(ref, use, ports)) is not None]
        if found or len(uses) < _SHOWN:
            return _by_kind(found)
    return ()


def _shown(ref: Ref, use: Use, ports: ReferencePorts) -> str | None:
    """What its client calls the one who refers; None where it does not."""
    user = use.user
    if user.kind == "workflow":
        current = ports.workflows.get(user.id)
        if current is not None and ref in named_by_definition(current.version.definition):
            return current.workflow.slug or user.id
    else:
        resource = ports.resources.get(user.kind, user.id, user.project)
        if resource is not None and ref in named_by_resource(user.kind, resource.content, user.project):
            return user.id
    if moment_of(use.since) > ports.clock() - SOON:
        return user.id
    ports.resources.release(ref, user, before=f"{use.since}~")
    return None


def _by_kind(found: Sequence[tuple[str, str]]) -> tuple[Reference, ...]:
    kinds = dict.fromkeys(kind for kind, _ in found)
    return tuple(Reference(f"{kind}s", tuple(name for of, name in found if of == kind)) for kind in kinds)
