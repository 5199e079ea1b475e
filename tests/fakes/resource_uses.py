"""Use cases of agents, tasks and tools over a store in memory: the real ones, for they reach nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from fakes.resources import FakeResources
from fakes.workflows import FakeWorkflows
from stepweave.api.uses.resources import ResourceUses
from stepweave.services.references import ReferencePorts
from stepweave.services.resource_transfer import TransferPorts, bundle, export_resources, import_resources
from stepweave.services.resources import delete_resource, get_resource, list_resources, put_resource


@dataclass
class FakeProjectFiles:
    files: dict[tuple[str, str], str] = field(default_factory=dict)

    def write(self, project: str, path: str, text: str) -> None:
        self.files[project, path] = text

    def read(self, project: str, folder: str) -> Iterator[tuple[str, str]]:
        for (of, path), text in sorted(self.files.items()):
            if of == project and path.startswith(f"{folder}/"):
                yield path, text


@dataclass
class ResourceStage:
    resources: FakeResources = field(default_factory=FakeResources)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    files: FakeProjectFiles = field(default_factory=FakeProjectFiles)

    def uses(self, clock: Callable[[], datetime] = lambda: datetime(2026, 11, 2, 14, tzinfo=UTC)) -> ResourceUses:
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
