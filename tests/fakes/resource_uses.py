"""Use cases of agents, tasks and tools over a store in memory: the real ones, for they reach nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fakes.resources import FakeResources
from fakes.workflows import FakeWorkflows
from stepweave.api.payloads.transfer import import_request
from stepweave.api.uses.resources import ResourceUses
from stepweave.api.uses.workflow_files import WorkflowFileUses
from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, Workflow
from stepweave.services.references import ReferencePorts
from stepweave.services.resource_transfer import TransferPorts, bundle, export_resources, import_resources
from stepweave.services.resources import delete_resource, get_resource, list_resources, put_resource
from stepweave.services.transfer import Document, Imported, OnConflict, existing
from stepweave.services.workflow_files import (
    WorkflowFilePorts,
    bundle_workflows,
    export_workflows,
    import_workflows,
)


@dataclass
class FakeProjectFiles:
    files: dict[tuple[str, str], str] = field(default_factory=dict)

    def write(self, project: str, path: str, text: str) -> None:
        self.files[project, path] = text

    def read(self, project: str, folder: str) -> Iterator[tuple[str, str]]:
        for (of, path), text in sorted(self.files.items()):
            if of == project and path.startswith(f"{folder}/"):
                yield path, text


def now() -> datetime:
    return datetime(2026, 11, 2, 14, tzinfo=UTC)


@dataclass
class ResourceStage:
    resources: FakeResources = field(default_factory=FakeResources)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    files: FakeProjectFiles = field(default_factory=FakeProjectFiles)

    def uses(self, clock: Callable[[], datetime] = now) -> ResourceUses:
        transferring = TransferPorts(self.resources, self.files, clock)
        return ResourceUses(
            put=partial(put_resource, resources=self.resources, clock=clock),
            get=partial(get_resource, resources=self.resources),
            page=partial(list_resources, resources=self.resources, workflows=self.workflows),
            delete=partial(delete_resource, ports=ReferencePorts(self.resources, self.workflows, clock)),
            export=lambda kind, project: export_resources(kind, transferring, project),
            bundle=lambda kind, project: bundle(kind, transferring, project),
            take=partial(import_resources, ports=transferring),
        )

    def workflow_file_uses(self) -> WorkflowFileUses:
        ports = WorkflowFilePorts(
            self.workflows, TransferPorts(self.resources, self.files, now), import_request, self.take
        )
        return WorkflowFileUses(
            export=partial(export_workflows, ports),
            bundle=partial(bundle_workflows, ports),
            take=partial(self._import, ports),
        )

    def _import(self, ports: WorkflowFilePorts, *arguments: Any, **named: Any) -> Any:
        return import_workflows(*arguments, ports, **named)

    def take(self, _caller: Caller, document: Document, _on_conflict: OnConflict) -> Imported:
        """A workflow of that document, or another version of the one that it means."""
        found = existing(document, self.workflows)
        number = found[0].version + 1 if found else 1
        workflow_id = found[0].id if found else document.id or f"wf_{len(self.workflows.workflows):026}"
        workflow = Workflow(
            workflow_id, document.definition["name"], number, "active", "manual", "t", "t", "k", "k", slug=document.slug
        )
        version = Version(workflow_id, number, document.definition, "", "t", "k")
        if found:
            self.workflows.write(found[0], workflow, version, retired_at=None)
        else:
            self.workflows.create(workflow, version)
        return Imported(workflow, "changed" if found else "created")
