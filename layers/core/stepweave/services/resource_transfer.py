"""Export and import: resources as YAML files of their project, or as one bundle.

Neither holds a credential: what is exported is without them, and what is imported over a resource keeps its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepweave.domain.credential import with_credentials, without_credentials
from stepweave.domain.resource import DEFAULT_PROJECT, Kind, Resource
from stepweave.domain.resource_import import ImportedResources, Strategy
from stepweave.errors import Fault, Invalid, Unavailable
from stepweave.services.ports import Clock, ProjectFiles, Resources
from stepweave.services.project_documents import Sent, in_bundle, in_files, twice
from stepweave.services.resources import check_project, whole_of, write_resource
from stepweave.services.yaml_writing import yaml_of

_PAGE = 100
_TRIES = 10


@dataclass(frozen=True)
class TransferPorts:
    resources: Resources
    files: ProjectFiles
    clock: Clock


def export_resources(kind: Kind, ports: TransferPorts, project: str = DEFAULT_PROJECT) -> int:
    """Writes a file of each resource of the project, over what is there; how many. Files of others stay."""
    check_project(project)
    written = 0
    for resource in _all(kind, project, ports.resources):
        ports.files.write(project, f"{kind}s/{resource.id}.yaml", yaml_of(_document(resource)))
        written += 1
    return written


def bundle(kind: Kind, ports: TransferPorts, project: str = DEFAULT_PROJECT) -> dict[str, Any]:
    """All resources of the project as one document. -> `{"agents": [{"id": "writer", ...}]}`"""
    check_project(project)
    return {f"{kind}s": [_document(each) for each in _all(kind, project, ports.resources)]}


def import_resources(
    kind: Kind,
    strategy: Strategy,
    ports: TransferPorts,
    *,
    sent: Mapping[str, Any] | None = None,
    project: str = DEFAULT_PROJECT,
) -> ImportedResources:
    """Takes in a bundle, or (`sent` None) the files of the project. What exists stays with `seed_only`, and becomes
    what is imported with `overwrite_conflicts`.

    Raises `Invalid` with all that is wrong in any of them, and stores nothing then.
    """
    check_project(project)
    wanted = list(in_files(f"{kind}s", project, ports.files) if sent is None else in_bundle(f"{kind}s", sent))
    stands = ports.resources.several(kind, [each.id for each in wanted], project)
    _check(kind, wanted, stands)
    counts = {"imported": 0, "skipped": 0, "overwritten": 0}
    for each in wanted:
        counts[_import(kind, each, strategy, ports, project)] += 1
    return ImportedResources(**counts, strategy=strategy)


def _all(kind: Kind, project: str, resources: Resources) -> Iterator[Resource]:
    page = resources.page(kind, project, prefix="", limit=_PAGE, at=None)
    yield from page.rows
    while page.after is not None:
        page = resources.page(kind, project, prefix="", limit=_PAGE, at=page.after)
        yield from page.rows


def _document(resource: Resource) -> dict[str, Any]:
    return {"id": resource.id, **without_credentials(resource.content)}


def _check(kind: Kind, wanted: list[Sent], stands: Mapping[str, Resource]) -> None:
    faults = list(twice(wanted))
    for each in wanted:
        try:
            whole_of(kind, each.id, each.content, stands.get(each.id))
        except Invalid as error:
            faults += [Fault(f"{each.place}{fault.path}", fault.message) for fault in error.faults]
    if faults:
        raise Invalid(faults, code="invalid_resource")


def _import(
    kind: Kind, wanted: Sent, strategy: Strategy, ports: TransferPorts, project: str
) -> Literal["imported", "skipped", "overwritten"]:
    for _ in range(_TRIES):
        before = ports.resources.get(kind, wanted.id, project)
        if before is not None and strategy == "seed_only":
            return "skipped"
        whole = whole_of(kind, wanted.id, wanted.content, before)
        if before is not None:
            whole = with_credentials(whole, before.content)
        if write_resource(
            kind, wanted.id, whole, before, resources=ports.resources, clock=ports.clock, project=project
        ):
            return "imported" if before is None else "overwritten"
    raise Unavailable(f"The {kind}, which many write at this moment,")
