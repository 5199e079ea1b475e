"""Where workflows, their versions are."""

from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.workflow import Machine, Version, Workflow, WorkflowStatus
from stepweave.services.ports.page import Page


@dataclass(frozen=True)
class Current:
    """A workflow, its current version, read in one call."""

    workflow: Workflow
    version: Version


class Workflows(Protocol):
    def create(self, workflow: Workflow, version: Version) -> None:
        """Stores both, or raises `Conflict` (`slug_taken`) and stores nothing."""

    def resolve(self, ref: str) -> str | None:
        """The id behind an id or a slug; None where there is neither. An id is not looked up."""

    def get(self, workflow_id: str) -> Current | None: ...
    def status(self, workflow_id: str) -> WorkflowStatus | None:
        """The status alone; None when the workflow is gone."""

    def version(self, workflow_id: str, number: int) -> Version | None: ...
    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        """Newest `updated_at` first."""

    def set_machine(self, workflow_id: str, number: int, machine: Machine) -> None: ...
