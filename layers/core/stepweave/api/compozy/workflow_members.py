"""What routes of workflows do in more than one call: put a document, show its tasks, agents and tools."""

from collections.abc import Mapping
from typing import Any

from stepweave.api.compozy.answers.resources import resource_json
from stepweave.api.compozy.payloads.workflows import document_of, translated
from stepweave.api.use_cases import UseCases
from stepweave.compozy.workflow_dto import workflow_dto
from stepweave.domain.api_key import Caller
from stepweave.domain.resource import DEFAULT_PROJECT, Kind
from stepweave.domain.workflow import Version, Workflow
from stepweave.errors import Fault, Invalid, NotFound
from stepweave.services.named_workflows import Put, name_of
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.workflow_deletion import DeleteWorkflow

Json = dict[str, Any]
_DEFINITION = "/definition"
_KINDS: Mapping[str, Kind] = {"agents": "agent", "tools": "tool"}


def put(caller: Caller, ref: str, body: object, expected: IfMatch, api: UseCases) -> Put:
    """The workflow with that document; the agents in it become agents of the project before it refers to them."""
    name = _name(ref, api)
    found = translated(document_of(body, name, frozenset({ref, name})), lambda tool: _stored("tool", tool, api))
    _require_valid(found.definition, api)
    for agent_id, agent in found.agents.items():
        api.resources.put("agent", agent_id, agent, expected=ANY, project=DEFAULT_PROJECT)
    return api.workflows.put(caller, ref, found.definition, expected)


def _name(ref: str, api: UseCases) -> str:
    """What the workflow is called; one that there is not yet, by its path."""
    try:
        return name_of(api.workflows.get(ref)[0])
    except NotFound:
        return ref


def _require_valid(definition: Mapping[str, Any], api: UseCases) -> None:
    if problems := api.workflows.validate(definition):
        raise Invalid([Fault(each.path, each.message) for each in problems], code="definition_invalid")


def delete(caller: Caller, ref: str, api: UseCases, *, force: bool) -> None:
    """Afterwards there is none; `WorkflowInUse` while runs are active, unless they may be cancelled."""
    try:
        api.workflows.delete(caller, ref, DeleteWorkflow(force=force))
    except NotFound:
        return


def whole(workflow: Workflow, version: Version, expand: frozenset[str], api: UseCases) -> Json:
    """A workflow; agents and tools that are shown whole are those of the project."""
    shown = workflow_dto(workflow, version.definition, expand=expand)
    for member in expand & _KINDS.keys():
        shown[member] = [_stored(_KINDS[member], each["id"], api) or each for each in shown[member]]
    return shown


def members(ref: str, member: str, api: UseCases) -> list[Json]:
    """The tasks, agents or tools of a workflow, whole."""
    found: list[Json] = whole(*api.workflows.get(ref), frozenset({member}), api)[member]
    return found


def member(ref: str, kind: str, member_id: str, api: UseCases) -> Json:
    """One of them; raises `NotFound`. `kind`: `task`, `agent`, `tool`."""
    for each in members(ref, f"{kind}s", api):
        if each.get("id") == member_id:
            return each
    raise NotFound(kind, member_id[:100])


def _stored(kind: Kind, resource_id: str, api: UseCases) -> Json | None:
    try:
        return resource_json(api.resources.get(kind, resource_id, project=DEFAULT_PROJECT))
    except (NotFound, Invalid):
        return None
