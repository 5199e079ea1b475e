"""Where triggers are, and what brings events to them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from stepweave.domain.trigger import Held


class Triggers(Protocol):
    """What workflows have taken, and by what each is found. A finger post may be stale: the definition is the truth."""

    def held(self, workflow_id: str) -> Held:
        """An empty one of `rev` 0 when it has taken nothing."""

    def hold(self, held: Held, *, check_after: str | None) -> bool:
        """Writes what a workflow has taken, its `rev` raised by one; False when the stored one has another `rev`.
        check_after: when reconcile looks at it; None never."""

    def due(self, now: str, limit: int) -> Sequence[str]:
        """Ids of workflows whose check is due. May lag behind writes."""

    def take_hook(self, slug: str, workflow_id: str, now: str) -> tuple[str, str]:
        """Whose the slug is afterwards, and since when: the one who had it, else that workflow."""

    def pass_hook(self, slug: str, owner: tuple[str, str], workflow_id: str, now: str) -> bool:
        """Takes a slug away from who had it since then; False when that is so no more."""

    def hook(self, slug: str) -> str | None:
        """The workflow that has a slug."""

    def release_hook(self, slug: str, workflow_id: str) -> None: ...
    def listen(self, name: str, workflow_id: str) -> None: ...
    def silence(self, name: str, workflow_id: str) -> None: ...
    def listeners(self, name: str, limit: int) -> Sequence[str]:
        """Workflows that wait for signals of a name, the oldest first."""


class EventSources(Protocol):
    """Brings events that match a pattern to a workflow, by its position among the workflow's event triggers."""

    def put(self, workflow_id: str, position: str, pattern: Mapping[str, Any]) -> None:
        """Raises `Invalid` for a pattern that is none, `Conflict` (`timer_quota`) when no more fit."""

    def remove(self, workflow_id: str, position: str) -> None: ...
