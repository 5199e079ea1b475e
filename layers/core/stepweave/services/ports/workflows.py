"""Where workflows, their versions are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.keyset import Place
from stepweave.domain.workflow import Machine, Version, VersionNote, Workflow, WorkflowStatus
from stepweave.services.listing import WorkflowFilters
from stepweave.services.ports.page import Page


@dataclass(frozen=True)
class Current:
    """A workflow, its current version, read in one call."""

    workflow: Workflow
    version: Version


@dataclass(frozen=True)
class NamedPage:
    """Workflows by name, how many there are in all, and from where the pages after and before this one are read (None:
    there is none). A page may be shorter than was asked for."""

    rows: Sequence[Current]
    total: int
    after: Place | None
    before: Place | None


class Workflows(Protocol):
    """`write` and `delete` are False, and change nothing, when somebody else writes at this moment."""

    def create(self, workflow: Workflow, version: Version) -> bool | None:
        """Stores both. Stores nothing when there is a workflow of that id (False), or when somebody else writes at this
        moment (None). Raises `Conflict` (`slug_taken`), or `NotFound` when the workflow of that id has been deleted."""

    def write(self, before: Workflow, after: Workflow, version: Version | None, *, retired_at: str | None) -> bool:
        """Writes `after`, and its new version if it has one, if the workflow still is `before`, by its `rev`.

        retired_at: when the machine of the version before is to be looked after; None: it has none. Raises `Conflict`
        (`slug_taken`) and changes nothing."""

    def delete(self, workflow: Workflow, now: str) -> bool:
        """From now on there is no such workflow, if it still is that one, by its `rev`; what else belongs to it is
        removed later (`Deleted`)."""

    def resolve(self, ref: str) -> str | None:
        """The id behind an id or a slug; None where there is neither. An id is not looked up."""

    def get(self, workflow_id: str) -> Current | None: ...
    def status(self, workflow_id: str) -> WorkflowStatus | None:
        """The status alone; None when the workflow is gone."""

    def version(self, workflow_id: str, number: int) -> Version | None: ...
    def notes(self, workflow_id: str, *, newest: int, limit: int, offset: int, cursor: str | None) -> Page[VersionNote]:
        """What is told of a workflow's versions, the newest first; `newest` is its number."""

    def page(self, filters: WorkflowFilters, *, limit: int, offset: int, cursor: str | None) -> Page[Workflow]:
        """Newest `updated_at` first, ties by id."""

    def named(self, prefix: str, *, limit: int, at: Place | None) -> NamedPage:
        """By slug, or id where there is none, those that begin so; may lag behind writes."""

    def set_machine(
        self, workflow_id: str, number: int, machine: Machine, *, replaces: str | None, check_after: str
    ) -> None:
        """Says which machine runs of a version start on, and when to see whether it still is needed.

        replaces: the ARN of the machine that it had before."""
