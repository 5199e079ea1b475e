"""Create a workflow."""

from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Conflict
from stepweave.ids import NewId
from stepweave.services.idempotency import claim
from stepweave.services.moments import text_of
from stepweave.services.ports import IdempotencyKeys
from stepweave.services.workflow_changes import Changed, tell
from stepweave.services.workflow_writes import WritePorts, persist
from stepweave.services.workflows import CreateWorkflow, current, normalised, parsed


@dataclass(frozen=True)
class CreatePorts:
    write: WritePorts
    keys: IdempotencyKeys
    new_id: NewId


class Created(NamedTuple):
    """A workflow as it was made, with its first version; `replayed`: by an earlier request with the same key."""

    workflow: Workflow
    version: Version
    replayed: bool = False


def create_workflow(caller: Caller, request: CreateWorkflow, ports: CreatePorts) -> Created:
    """The new workflow and its first version.

    Raises `Invalid` with every problem, or `Conflict`: for a taken slug, for an id that another workflow has
    (`workflow_exists`; ids that are given only), or for an idempotency key that stands for another request. A replay is
    answered as the first request was, whatever has become of the workflow since, and is `NotFound` once that has been
    deleted.
    """
    definition = parsed(request.definition)
    now = ports.write.clock()
    claimed = claim(request.once, _content(request), ports.new_id("wf"), ports.keys, now)
    at = text_of(now)
    workflow = Workflow(
        id=claimed.resource_id,
        name=definition.name,
        version=1,
        status=request.status,
        trigger_type=request.trigger_type,
        created_at=at,
        updated_at=at,
        created_by=caller.key_id,
        updated_by=caller.key_id,
        slug=request.slug,
        description=definition.description,
        tags=normalised(definition.tags if request.tags is None else request.tags),
    )
    version = Version(workflow.id, 1, request.definition, "Initial version", at, caller.key_id)
    for guard in ports.write.guards:
        guard(caller, workflow.id, request.definition, None)
    made = persist(lambda: ports.write.workflows.create(workflow, version), ports.write.sleep, ports.write.random)
    if claimed.replayed or (not made and request.once is not None):
        # Of requests at once, another than the one that claimed the key may have stored it.
        return _as_first_answered(workflow, version, ports)._replace(replayed=claimed.replayed)
    if not made:
        raise Conflict(f"There is a workflow '{workflow.id}' already.", code="workflow_exists")
    tell(Changed(workflow, version, None), ports.write.sinks)
    return Created(workflow, version)


def _content(request: CreateWorkflow) -> dict[str, Any]:
    """What makes two requests the same."""
    return {**asdict(replace(request, definition={}, once=None)), "definition": request.definition}


def _as_first_answered(workflow: Workflow, version: Version, ports: CreatePorts) -> Created:
    """With the times and the author of the first request; what it may not have told any more is told now."""
    stands = current(workflow.id, ports.write.workflows)
    tell(Changed(stands.workflow, stands.version, None), ports.write.sinks)
    at, author = stands.workflow.created_at, stands.workflow.created_by
    first = replace(workflow, created_at=at, updated_at=at, created_by=author, updated_by=author)
    return Created(first, replace(version, created_at=at, created_by=author), replayed=True)
