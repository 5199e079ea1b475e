"""Timers of one backend that take the place of those of another: what is set in the one is removed from the other."""

from stepweave.domain.schedule import Schedule
from stepweave.services.ports import Timers


class MovingTimers:
    """The port `services.ports.Timers`. Both may fire for a while: a fire that comes twice is one."""

    def __init__(self, to: Timers, away_from: Timers) -> None:
        self._to = to
        self._from = away_from

    def put(self, schedule: Schedule) -> None:
        """A schedule that was never written again is new, and nowhere else."""
        self._to.put(schedule)
        if schedule.rev > 1:
            self._from.remove(schedule.id)

    def remove(self, schedule_id: str) -> None:
        self._to.remove(schedule_id)
        self._from.remove(schedule_id)

    def is_current(self, schedule: Schedule) -> bool:
        return self._to.is_current(schedule)
