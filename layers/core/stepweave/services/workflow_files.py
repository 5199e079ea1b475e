"""Workflows as YAML files of a project, or as one bundle: written, and read again.

A document is one of ours (`definition`, as an export writes it), a bare definition (`steps`), or one of Compozy's
(`tasks`), which is translated; the agents that it holds become agents of the project `default`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepweave.compozy.definition import translate
from stepweave.domain.api_key import Caller
from stepweave.domain.credential import without_credentials
from stepweave.domain.reference import named_by_definition
from stepweave.domain.resource_import import ImportedResources, Strategy
from stepweave.errors import Fault, Invalid
from stepweave.services.listing import WorkflowFilters
from stepweave.services.ports import Workflows
from stepweave.services.project_documents import Sent, in_bundle, in_files, twice
from stepweave.services.resource_transfer import TransferPorts
from stepweave.services.resources import check_project, put_resource
from stepweave.services.transfer import Document, Imported, OnConflict, existing, exported
from stepweave.services.workflows import parsed
from stepweave.services.yaml_writing import yaml_of

_PAGE = 100
_FOLDER = "workflows"


@dataclass(frozen=True)
class WorkflowFilePorts:
    """`read`: our own document of a workflow, checked (`Invalid`); `take`: makes the workflow of a document."""

    workflows: Workflows
    resources: TransferPorts
    read: Callable[[object], Document]
    take: Callable[[Caller, Document, OnConflict], Imported]


@dataclass(frozen=True)
class _Wanted:
    document: Document
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def export_workflows(ports: WorkflowFilePorts, project: str) -> int:
    """Writes a file of each workflow with its current definition, over what is there; how many."""
    check_project(project)
    written = 0
    for document in _all(ports.workflows):
        name = document["slug"] or document["id"]
        ports.resources.files.write(project, f"{_FOLDER}/{name}.yaml", yaml_of(document))
        written += 1
    return written


def bundle_workflows(ports: WorkflowFilePorts, project: str) -> dict[str, Any]:
    """All workflows as one document. -> `{"workflows": [{"id": "wf_...", "definition": {...}}]}`"""
    check_project(project)
    return {_FOLDER: list(_all(ports.workflows))}


def import_workflows(
    caller: Caller, strategy: Strategy, ports: WorkflowFilePorts, *, sent: Mapping[str, Any] | None, project: str
) -> ImportedResources:
    """Takes in a bundle, or (`sent` None) the files of the project. What exists, by its id or slug, stays with
    `seed_only`, and gets a new version with `overwrite_conflicts`.

    Raises `Invalid` with all that is wrong in any of them, and stores nothing then.
    """
    check_project(project)
    documents = list(in_files(_FOLDER, project, ports.resources.files) if sent is None else in_bundle(_FOLDER, sent))
    counts = {"imported": 0, "skipped": 0, "overwritten": 0}
    for wanted in _read(documents, ports):
        counts[_import(caller, wanted, strategy, ports)] += 1
    return ImportedResources(**counts, strategy=strategy)


def _all(workflows: Workflows) -> Iterator[dict[str, Any]]:
    """Those that are deleted meanwhile are passed over."""
    cursor = None
    while True:
        page = workflows.page(WorkflowFilters(), limit=_PAGE, offset=0, cursor=cursor)
        for row in page.rows:
            if found := workflows.get(row.id):
                yield exported(found.workflow, found.version)
        if (cursor := page.next_cursor) is None:
            return


def _read(documents: list[Sent], ports: WorkflowFilePorts) -> list[_Wanted]:
    faults, found = list(twice(documents)), []
    for each in documents:
        try:
            found.append(_wanted(each, ports))
        except Invalid as error:
            faults += [Fault(f"{each.place}{fault.path}", fault.message) for fault in error.faults]
    if faults:
        raise Invalid(faults, code="invalid_resource")
    return found


def _wanted(sent: Sent, ports: WorkflowFilePorts) -> _Wanted:
    if "definition" in sent.content:
        document = ports.read(sent.content)
        parsed(document.definition)
        return _Wanted(document)
    whole = {"slug": sent.id} if not sent.id.startswith("wf_") else {"id": sent.id}
    if "tasks" in sent.content:
        source = {**sent.content, "id": sent.id}
        translated = translate(source, tools=_tools(source, ports))
        return _Wanted(ports.read({**whole, "definition": translated.definition}), translated.agents)
    definition = {name: value for name, value in sent.content.items() if name != "id"}
    try:
        parsed(definition)
    except Invalid as error:
        faults = [Fault(fault.path.removeprefix("/definition"), fault.message) for fault in error.faults]
        raise Invalid(faults, code="definition_invalid") from error
    return _Wanted(ports.read({**whole, "definition": definition}))


def _tools(document: Mapping[str, Any], ports: WorkflowFilePorts) -> Mapping[str, Mapping[str, Any]]:
    """Those of the project that a document's tasks name. A credential that is written in one is not copied into a
    definition, which everybody may read."""
    named = {ref.id for ref in named_by_definition({"source": {"document": document}}) if ref.kind == "tool"}
    tools = {name: tool.content for name, tool in ports.resources.resources.several("tool", named).items()}
    for name, content in tools.items():
        if without_credentials(content) != content:
            why = f"The tool '{name}' holds a credential: write it there as {{{{ secrets.NAME }}}}, then name it here."
            raise Invalid([Fault("/tasks", why)], code="definition_invalid")
    return tools


def _import(caller: Caller, wanted: _Wanted, strategy: Strategy, ports: WorkflowFilePorts) -> str:
    if strategy == "seed_only" and existing(wanted.document, ports.workflows):
        return "skipped"
    for agent_id, content in wanted.agents.items():
        put_resource("agent", agent_id, content, resources=ports.resources.resources, clock=ports.resources.clock)
    result = ports.take(caller, wanted.document, "version")
    return "imported" if result.result == "created" else "overwritten"
