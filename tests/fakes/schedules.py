"""Schedules and their timers, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stepweave.domain.schedule import Schedule
from stepweave.errors import Conflict, Unavailable
from stepweave.services.ports import Page


@dataclass
class FakeSchedules:
    """`others` write between a reader's read and its write, that many times."""

    schedules: dict[str, Schedule] = field(default_factory=dict)
    nexts: dict[str, str | None] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    others: int = 0

    def create(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        if schedule.id in self.schedules:
            return False
        self._keep(schedule, next_run_at, check_after)
        return True

    def get(self, schedule_id: str) -> Schedule | None:
        return self.schedules.get(schedule_id)

    def put(self, schedule: Schedule, *, next_run_at: str | None, check_after: str) -> bool:
        stored = self.schedules.get(schedule.id)
        if stored is not None and self.others:
            self.others -= 1
            stored = self.schedules[schedule.id] = replace(stored, rev=stored.rev + 1)
        if stored is None or stored.rev != schedule.rev:
            return False
        self._keep(replace(schedule, rev=schedule.rev + 1), next_run_at, check_after)
        return True

    def remove(self, schedule_id: str) -> bool:
        return self.schedules.pop(schedule_id, None) is not None

    def page(self, workflow_id: str, *, limit: int, offset: int, cursor: str | None) -> Page[Schedule]:
        rows = [(f"{self.nexts[each.id] or '~'}#{each.id}", each) for each in self.of(workflow_id)]
        after = [row for row in sorted(rows, key=lambda row: row[0]) if cursor is None or row[0] > cursor][offset:]
        following = after[limit - 1][0] if len(after) > limit else None
        return Page([schedule for _, schedule in after[:limit]], len(rows), following)

    def of(self, workflow_id: str) -> Sequence[Schedule]:
        return [each for each in self.schedules.values() if each.workflow_id == workflow_id]

    def due(self, now: str, limit: int) -> Sequence[Schedule]:
        due = [each for each in self.schedules.values() if self.checks[each.id] <= now]
        return sorted(due, key=lambda each: self.checks[each.id])[:limit]

    def _keep(self, schedule: Schedule, next_run_at: str | None, check_after: str) -> None:
        self.schedules[schedule.id] = schedule
        self.nexts[schedule.id] = next_run_at
        self.checks[schedule.id] = check_after


@dataclass
class FakeTimers:
    """`room`: for how many schedules there is; `answers`: whether they answer at all."""

    made: dict[str, Schedule] = field(default_factory=dict)
    room: int = 100
    answers: bool = True

    def put(self, schedule: Schedule) -> None:
        if not self.answers:
            raise Unavailable("EventBridge")
        if schedule.id not in self.made and len(self.made) >= self.room:
            raise Conflict("no more", code="timer_quota")
        self.made[schedule.id] = schedule

    def remove(self, schedule_id: str) -> None:
        if not self.answers:
            raise Unavailable("EventBridge")
        self.made.pop(schedule_id, None)

    def is_current(self, schedule: Schedule) -> bool:
        made = self.made.get(schedule.id)
        return made is not None and (made.timetable, made.enabled) == (schedule.timetable, schedule.enabled)
