"""Where workflows are that were deleted, until nothing is left of them."""

from collections.abc import Sequence
from typing import Protocol


class Deleted(Protocol):
    def due(self, now: str, limit: int) -> Sequence[str]:
        """Ids of deleted workflows that are to be looked after, the longest due first. May lag behind writes."""

    def deleted_at(self, workflow_id: str) -> str | None:
        """When it was deleted; None when nothing is left of it."""

    def machines(self, workflow_id: str) -> Sequence[str]:
        """ARNs of the state machines that its versions have or had."""

    def remove_versions(self, workflow_id: str) -> None:
        """Removes versions and queues; what runs are read by stays."""

    def put_off(self, workflow_id: str, check_after: str) -> None: ...
    def forget(self, workflow_id: str) -> None:
        """Removes what was left, and that it ever was."""
