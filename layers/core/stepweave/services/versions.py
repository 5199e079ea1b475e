"""Versions: list, read, compare, roll back to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.change_summary import change_summary
from stepweave.domain.diff import Operation, diff
from stepweave.domain.workflow import Version, VersionNote, Workflow
from stepweave.errors import NotFound
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Current, Page, Workflows
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.unified import unified
from stepweave.services.workflow_replacement import with_definition
from stepweave.services.workflow_writes import Change, WritePorts, write_workflow
from stepweave.services.workflows import current, parsed


@dataclass(frozen=True)
class Difference:
    """Between two versions: operations (RFC 6902) that make v2 of v1, and a sentence; both empty-handed when equal."""

    v1: Version
    v2: Version
    operations: Sequence[Operation]
    summary: str


@dataclass(frozen=True)
class Rollback:
    version: int
    if_match: IfMatch = ANY


def list_versions(ref: str, query: ListQuery, *, workflows: Workflows) -> Page[VersionNote]:
    """Newest first, without definitions."""
    workflow = current(ref, workflows).workflow
    return workflows.notes(
        workflow.id, newest=workflow.version, limit=query.limit, offset=query.offset, cursor=query.cursor
    )


def get_version(ref: str, number: int, *, workflows: Workflows) -> Version:
    return _version(current(ref, workflows), number, workflows)


def compare(ref: str, v1: int, v2: int, *, workflows: Workflows) -> Difference:
    """What turns version v1 into version v2, whichever is the older."""
    found = current(ref, workflows)
    old, new = _version(found, v1, workflows), _version(found, v2, workflows)
    operations = diff(old.definition, new.definition)
    return Difference(old, new, operations, change_summary(old.definition, new.definition))


def as_text(difference: Difference) -> str:
    """The same for people: a unified difference of both definitions, written alike; empty when they are equal."""
    one, other = (_text(each.definition) for each in (difference.v1, difference.v2))
    names = (f"version {difference.v1.number}", f"version {difference.v2.number}")
    return "".join(f"{line}\n" for line in unified(one, other, names))


def _text(definition: Any) -> list[str]:
    return json.dumps(_alike(definition), indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def _alike(value: Any) -> Any:
    """Equal values (`domain.diff.equal`) become the same text: 1.0 is 1."""
    match value:
        case dict():
            return {name: _alike(member) for name, member in value.items()}
        case list():
            return [_alike(member) for member in value]
        case float() if value.is_integer():
            return int(value)
    return value


def roll_back(caller: Caller, ref: str, request: Rollback, ports: WritePorts) -> tuple[Workflow, Version]:
    """A new version with the definition of an earlier one; the other members of the workflow stay.

    Raises `Invalid` with every problem when that definition is no longer valid, and changes nothing then.
    """
    found = current(ref, ports.workflows)
    definition = _version(found, request.version, ports.workflows).definition
    read = parsed(definition)

    def wanted(now: Current) -> Change:
        return Change(with_definition(now.workflow, read), definition, f"Rollback to version {request.version}")

    return write_workflow(caller, found.workflow.id, request.if_match, wanted, ports)


def _version(found: Current, number: int, workflows: Workflows) -> Version:
    if number == found.version.number:
        return found.version
    version = workflows.version(found.workflow.id, number) if number < found.version.number else None
    if version is None:
        raise NotFound("version", str(number))
    return version
