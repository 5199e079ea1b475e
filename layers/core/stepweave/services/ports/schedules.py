"""Where schedules are, and what makes them fire."""

from collections.abc import Sequence
from typing import Protocol

from stepweave.domain.schedule import Schedule
from stepweave.services.ports.page import Page


class Schedules(Protocol):
    """`check_after`: when reconcile looks at the schedule, unless it is written again before."""

    def create(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        """False when there is one of that id."""

    def get(self, schedule_id: str) -> Schedule | None: ...
    def put(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        """Writes a schedule, its `rev` raised by one; False when the stored one has another `rev` or is gone."""

    def remove(self, schedule_id: str) -> bool:
        """False when there was none."""

    def page(self, workflow_id: str, *, limit: int, offset: int, cursor: str | None) -> Page[Schedule]:
        """The next to fire first, those that do not fire any more last."""

    def of(self, workflow_id: str) -> Sequence[Schedule]:
        """All schedules of a workflow."""

    def due(self, now: str, limit: int) -> Sequence[Schedule]:
        """Those whose check is due, the longest due first. May lag behind writes."""


class Timers(Protocol):
    """What delivers fires: rules of EventBridge, or EventBridge Scheduler. It may deliver too much, late and twice."""

    def put(self, schedule: Schedule) -> None:
        """Makes its timers what the schedule needs now. Raises `Conflict` (`timer_quota`) when no more fit."""

    def remove(self, schedule_id: str) -> None: ...
    def is_current(self, schedule: Schedule) -> bool:
        """Whether its timers are what `put` would make them."""
