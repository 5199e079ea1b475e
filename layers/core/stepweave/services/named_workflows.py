"""Workflows by the names that clients give them: listed by name, and put under one."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.keyset import decode
from stepweave.domain.workflow import Version, Workflow, etag
from stepweave.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable
from stepweave.services.ports import Current, NamedPage, Workflows
from stepweave.services.preconditions import IfMatch
from stepweave.services.templates import trigger_type_of
from stepweave.services.workflow_creation import Created
from stepweave.services.workflow_replacement import ReplaceWorkflow
from stepweave.services.workflows import CreateWorkflow

_TRIES = 10
Definition = Mapping[str, Any]


@dataclass(frozen=True)
class PutPorts:
    workflows: Workflows
    create: Callable[[Caller, CreateWorkflow], Created]
    replace: Callable[[Caller, str, ReplaceWorkflow], tuple[Workflow, Version]]


@dataclass(frozen=True)
class Put:
    workflow: Workflow
    version: Version
    is_new: bool


def name_of(workflow: Workflow) -> str:
    """Its slug where it has one, else its id."""
    return workflow.slug or workflow.id


def content_etag(workflow: Workflow, definition: Definition) -> str:
    """A digest of what a client puts: the same for as long as that is, whatever else of the workflow changes."""
    content = {"id": name_of(workflow), "definition": definition}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()


def list_by_name(prefix: str, limit: int, cursor: str | None, *, workflows: Workflows) -> NamedPage:
    """Those whose name begins so, in its order. Raises `BadRequest` (`invalid_cursor`)."""
    return workflows.named(prefix, limit=limit, at=decode(cursor) if cursor else None)


def put_workflow(caller: Caller, ref: str, definition: Definition, expected: IfMatch, ports: PutPorts) -> Put:
    """The workflow of that name, or id, with that definition: a new one, or one changed.

    Raises `Invalid`, `PreconditionFailed` (also when there is none to match), `BadRequest` for an id that there is not.
    """
    for _ in range(_TRIES):
        found = _found(ref, ports.workflows)
        if expected.etags is not None:
            _require(expected, found)
        try:
            if found is None:
                return _made(caller, ref, definition, ports)
            return _changed(caller, found, definition, expected, ports)
        except (NotFound, PreconditionFailed):
            continue  # somebody has changed or deleted it since it was read
        except Conflict as error:
            if found is not None or error.code != "slug_taken":
                raise
    raise Unavailable("The workflow, which many write at this moment,")


def _found(ref: str, workflows: Workflows) -> Current | None:
    workflow_id = workflows.resolve(ref)
    return workflows.get(workflow_id) if workflow_id else None


def _require(expected: IfMatch, found: Current | None) -> None:
    now = content_etag(found.workflow, found.version.definition) if found else None
    if now is None or now not in (expected.etags or ()):
        raise PreconditionFailed(f'"{now}"' if now else "none, for it does not exist")


def _made(caller: Caller, ref: str, definition: Definition, ports: PutPorts) -> Put:
    if ref.startswith("wf_"):
        message = f"There is no workflow '{ref}', and a new one gets no id by its client: put it under a name."
        raise BadRequest(message, code="invalid_workflow_id")
    request = CreateWorkflow(definition, trigger_type_of(definition), slug=ref)
    made = ports.create(caller, request)
    return Put(made.workflow, made.version, is_new=True)


def _changed(caller: Caller, found: Current, definition: Definition, expected: IfMatch, ports: PutPorts) -> Put:
    """Under an expectation, only as it was read."""
    only = IfMatch(None if expected.etags is None else frozenset({etag(found.workflow)}))
    request = ReplaceWorkflow(definition, trigger_type=trigger_type_of(definition), if_match=only)
    return Put(*ports.replace(caller, found.workflow.id, request), is_new=False)
