"""Resources (agents, tasks, tools): put, read, listed, deleted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain import keyset
from stepweave.domain.credential import hidden, places_hidden, unhidden
from stepweave.domain.reference import Ref, User, named_by_definition, named_by_resource
from stepweave.domain.resource import DEFAULT_PROJECT, RESOURCE_ID, Kind, Resource, etag_of
from stepweave.domain.workflow import SLUG
from stepweave.errors import Fault, Invalid, NotFound, PreconditionFailed, ResourceInUse, Unavailable
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, ResourcePage, Resources, Workflows
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.references import ReferencePorts, refer, references_to, release
from stepweave.services.resource_checks import check
from stepweave.services.workflows import current

_TRIES = 10
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,100}")
"""What an id can begin with."""
_TOLD = frozenset({"id", "has_subtasks", "subtask_ids", "signal_name"})


@dataclass(frozen=True)
class Wanted:
    """Which resources a list has: those of a project whose id begins with `prefix`; with `workflow`, an id or a slug,
    only what its current definition names."""

    project: str = DEFAULT_PROJECT
    prefix: str = ""
    workflow: str | None = None
    limit: int = 50
    cursor: str | None = None


def put_resource(
    kind: Kind,
    resource_id: str,
    content: Mapping[str, Any],
    *,
    resources: Resources,
    clock: Clock,
    expected: IfMatch = ANY,
    project: str = DEFAULT_PROJECT,
) -> tuple[Resource, bool]:
    """The resource, and whether it is new. A value `********` stands for the stored one.

    Raises `Invalid`, `PreconditionFailed`. Without a precondition the last writer wins.
    """
    check_project(project)
    for _ in range(_TRIES):
        before = resources.get(kind, resource_id, project) if RESOURCE_ID.fullmatch(resource_id) else None
        require(expected, before)
        whole = whole_of(kind, resource_id, content, before)
        if after := write_resource(kind, resource_id, whole, before, resources=resources, clock=clock, project=project):
            return after, before is None
    raise Unavailable(f"The {kind}, which many write at this moment,")


def whole_of(kind: Kind, resource_id: str, content: Mapping[str, Any], before: Resource | None) -> dict[str, Any]:
    """A configuration as it is stored: with what is hidden in it, and without what its name says and what is only told
    beside it. Raises `Invalid` with all that is wrong with it."""
    whole = unhidden(dict(content), before.content if before else {})
    check(kind, resource_id, whole)
    if unknown := places_hidden(whole):
        why = "This value is hidden, and none is stored that it could stand for; write the value itself."
        raise Invalid([Fault(each, why) for each in unknown], code="invalid_resource")
    return {name: value for name, value in whole.items() if name not in _TOLD}


def write_resource(
    kind: Kind,
    resource_id: str,
    content: Mapping[str, Any],
    before: Resource | None,
    *,
    resources: Resources,
    clock: Clock,
    project: str,
) -> Resource | None:
    """Writes what has been checked, with what it refers to; None when somebody else has written meanwhile."""
    now = text_of(clock())
    created_at = before.created_at if before else now
    resource = Resource(kind, resource_id, content, etag_of(content), created_at, now, project)
    wanted = named_by_resource(kind, content, project)
    stands = named_by_resource(kind, before.content, project) if before else frozenset()
    user = _user(kind, resource_id, project)
    if user:
        refer(user, wanted, stands, resources, now)
    if not resources.put(resource, was=before):
        return None
    if user:
        release(user, stands - wanted, resources, now)
    return resource


def get_resource(kind: Kind, resource_id: str, *, resources: Resources, project: str = DEFAULT_PROJECT) -> Resource:
    check_project(project)
    found = resources.get(kind, resource_id, project) if RESOURCE_ID.fullmatch(resource_id) else None
    if found is None:
        raise NotFound(kind, resource_id)
    return found


def shown(resource: Resource) -> dict[str, Any]:
    """A resource as it is answered: without credentials."""
    content: dict[str, Any] = hidden(resource.content)
    return {**content, "id": resource.id}


def list_resources(kind: Kind, wanted: Wanted, *, resources: Resources, workflows: Workflows) -> ResourcePage:
    """By id. Raises `NotFound` for an unknown workflow, `BadRequest` (`invalid_cursor`)."""
    check_project(wanted.project)
    at = keyset.decode(wanted.cursor) if wanted.cursor else None
    if not _PREFIX.fullmatch(wanted.prefix):
        return ResourcePage([], 0, None, None)
    if wanted.workflow is None:
        return resources.page(kind, wanted.project, prefix=wanted.prefix, limit=wanted.limit, at=at)
    if not re.fullmatch(SLUG, wanted.workflow):
        raise NotFound("workflow", wanted.workflow[:100])
    definition = current(wanted.workflow, workflows).version.definition
    named = [ref.id for ref in named_by_definition(definition) if (ref.kind, ref.project) == (kind, wanted.project)]
    known = resources.several(kind, [each for each in named if each.startswith(wanted.prefix)], wanted.project)
    return page_of([known[each] for each in sorted(known)], wanted.limit, at)


def page_of(rows: list[Resource], limit: int, at: keyset.Place | None) -> ResourcePage:
    """The page of a whole list, ordered by id."""
    start, end = 0, limit
    if at is not None and at.side == "after":
        start = sum(row.id <= at.id for row in rows)
        end = start + limit
    elif at is not None:
        end = sum(row.id < at.id for row in rows)
        start = max(end - limit, 0)
    here = rows[start:end]
    after = keyset.Place("after", here[-1].id) if here and end < len(rows) else None
    before = keyset.Place("before", here[0].id) if here and start > 0 else None
    return ResourcePage(here, len(rows), after, before)


def delete_resource(
    kind: Kind, resource_id: str, *, ports: ReferencePorts, expected: IfMatch = ANY, project: str = DEFAULT_PROJECT
) -> bool:
    """Whether there was one. Raises `ResourceInUse` while anybody refers to it, `PreconditionFailed`."""
    check_project(project)
    ref = Ref(kind, resource_id, project)

    def refuse_used() -> None:
        if references := references_to(ref, ports):
            raise ResourceInUse(kind, resource_id, references)

    return remove_resource(ref, resources=ports.resources, clock=ports.clock, expected=expected, first=refuse_used)


def remove_resource(
    ref: Ref, *, resources: Resources, clock: Clock, expected: IfMatch = ANY, first: Callable[[], None] | None = None
) -> bool:
    """Whether there was one; whoever uses it fails from now on. `first` is called before it is removed, each time that
    somebody has begun to use it meanwhile, and raises to refuse it."""
    for _ in range(_TRIES):
        found = resources.get(ref.kind, ref.id, ref.project) if RESOURCE_ID.fullmatch(ref.id) else None
        require(expected, found)
        if found is None:
            return False
        if first is not None:
            first()
        if resources.remove(found):
            if user := _user(ref.kind, ref.id, ref.project):
                release(user, named_by_resource(ref.kind, found.content, ref.project), resources, text_of(clock()))
            return True
    raise Unavailable(f"The {ref.kind}, which many write at this moment,")


def require(expected: IfMatch, found: Resource | None) -> None:
    """Raises `PreconditionFailed` when the resource is not what the client takes it to be."""
    if expected.etags is not None and (found is None or found.etag not in expected.etags):
        raise PreconditionFailed(found.etag if found else "none, for there is no such resource")


def check_project(project: str) -> None:
    if not RESOURCE_ID.fullmatch(project):
        raise Invalid([Fault("?project", "A project's name is 1 to 100 letters, digits, '.', '_' and '-'.")])


def _user(kind: Kind, resource_id: str, project: str) -> User | None:
    """Tools refer to nothing."""
    return None if kind == "tool" else User(kind, resource_id, project)
