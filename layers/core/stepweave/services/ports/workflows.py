"""Where workflows, their versions, slots and queues are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.workflow import Machine, Slots, Version, Workflow
from stepweave.services.ports.page import Page


@dataclass(frozen=True)
class Current:
    """A workflow, its current version and its slots, read in one call."""

    workflow: Workflow
    version: Version
    slots: Slots


class Workflows(Protocol):
    def create(self, workflow: Workflow, version: Version) -> None:
        """Stores both, or raises `Conflict` (`slug_taken`) and stores nothing."""

    def resolve(self, ref: str) -> str | None:
        """The id behind an id or a slug; None where there is neither. An id is not looked up."""

    def get(self, workflow_id: str) -> Current | None: ...
    def version(self, workflow_id: str, number: int) -> Version | None: ...
    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        """Newest `updated_at` first."""

    def set_machine(self, workflow_id: str, number: int, machine: Machine) -> None: ...

    def slots(self, workflow_id: str) -> Slots: ...
    def take_slot(self, workflow_id: str, name: str, limit: int, *, past_queue: bool = False) -> bool:
        """Holds a slot under that name. False when `limit` are held, or others queue and `past_queue` is not set."""

    def free_slot(self, workflow_id: str, name: str) -> Slots:
        """Afterwards nobody holds a slot under that name."""

    def enqueue(self, workflow_id: str, run_id: str) -> None: ...
    def queued(self, workflow_id: str, limit: int) -> Sequence[str]:
        """Ids of queued runs, oldest first; read consistently."""

    def dequeue(self, workflow_id: str, run_id: str) -> None: ...
    def clear_queue_mark(self, workflow_id: str, rev: int) -> None:
        """Says that nobody queues, unless somebody joined since `rev`."""
