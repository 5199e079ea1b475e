"""Where slots and queues are."""

from collections.abc import Sequence
from typing import Protocol

from stepweave.domain.slots import SlotState


class Slots(Protocol):
    """Slots and a queue per group (see `domain.slots`); a group comes into being when a run first comes to it."""

    def get(self, group: str) -> SlotState: ...
    def take(self, group: str, name: str, limit: int, *, past_queue: bool = False) -> bool:
        """Holds a slot under that name. False when `limit` are held, or others queue and `past_queue` is not set, or
        the workflow is gone."""

    def free(self, group: str, name: str) -> SlotState:
        """Afterwards nobody holds a slot under that name."""

    def enqueue(self, group: str, run_id: str) -> SlotState:
        """The slots once the run stands in the queue and the queue is marked."""

    def queued(self, group: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Ids of queued runs that come after that one, oldest first; read consistently."""

    def dequeue(self, group: str, run_id: str) -> None: ...
    def clear_queue_mark(self, group: str, rev: int) -> None:
        """Says that nobody queues, unless somebody joined since `rev`."""

    def groups(self, workflow_id: str, limit: int) -> Sequence[str]:
        """Groups of a workflow in which runs queue. May lag behind writes."""
