"""Schedules on a stage of their own: stores in memory, a clock that is told the time, runs that end when told to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from fakes.samples import a_run, a_state, a_version, a_workflow
from fakes.schedules import FakeSchedules, FakeTimers
from fakes.stores import FakeIdempotencyKeys, FakeRuns
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock, FakeTell
from stepweave.api.uses.schedules import ScheduleUses
from stepweave.domain.schedule import Schedule, Timetable
from stepweave.errors import Conflict
from stepweave.services import schedules, workflow_schedules
from stepweave.services.backfill import backfill
from stepweave.services.fires import FirePorts, deliver, fire_now
from stepweave.services.moments import text_of
from stepweave.services.schedule_records import create
from stepweave.services.schedules import SchedulePorts

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOURLY = Timetable("0 * * * *", None, "2026-11-01T00:00:00.000Z")


class Stage:
    def __init__(self):
        self.clock = FakeClock(NINE - timedelta(minutes=1))
        self.schedules, self.timers, self.runs = FakeSchedules(), FakeTimers(), FakeRuns()
        self.workflows, self.keys, self.tell = FakeWorkflows(), FakeIdempotencyKeys(), FakeTell()
        self.workflows.create(a_workflow(), a_version())
        self.started, self.followed, self.refusal, self.power_cuts = [], [], None, 0
        numbers = count(1)
        self.ports = FirePorts(
            self.schedules,
            self.timers,
            self.workflows,
            self.runs,
            self.keys,
            self.start,
            self.cancel,
            lambda prefix: f"{prefix}_{next(numbers)}",
            self.clock,
            self.tell,
        )

    def start(self, asked):
        if self.power_cuts:
            self.power_cuts -= 1
            raise KeyboardInterrupt
        if self.refusal:
            raise self.refusal
        if self.runs.state(asked.run_id) is None:
            self.started.append(asked)
            self.runs.create(a_run(id=asked.run_id), a_state(run_id=asked.run_id, status="running"))

    def cancel(self, run_id):
        state = self.runs.state(run_id)
        if state.status not in ("running", "queued"):
            raise Conflict("over", code="run_finished")
        self.end(run_id, "cancelled")

    def end(self, run_id, status="completed"):
        self.runs.states[run_id] = replace(self.runs.states[run_id], status=status)

    def add(self, **members):
        facts = (HOURLY, "0 * * * *", "", "", "key_1", text_of(self.clock()))
        schedule = replace(Schedule("sched_1", "wf_1", *facts), **members)
        create(schedule, self.schedules, self.clock())
        self.timers.put(schedule)
        return schedule

    def now(self, hours, minutes=0):
        self.clock.now = NINE + timedelta(hours=hours, minutes=minutes)

    def tick(self, hours=0, *, at=None):
        """The timer delivers the fire of nine o'clock and so many hours; the clock stands there unless it is later."""
        moment = NINE + timedelta(hours=hours if at is None else at)
        self.clock.now = max(self.clock.now, NINE + timedelta(hours=hours))
        return deliver("sched_1", moment, self.ports)

    def times(self):
        return [asked.labels["scheduled_at"][11:16] for asked in self.started]

    @property
    def schedule(self):
        return self.schedules.get("sched_1")


def fake_schedule_uses(fail, exists, clock):
    """The use cases of schedules at work on a stage; `exists` raises for a workflow that there is not."""
    stage = Stage()
    stage.clock.now = clock
    fires = stage.ports

    def ready():
        fail()
        return SchedulePorts(
            workflows=stage.workflows,
            schedules=stage.schedules,
            timers=stage.timers,
            runs=stage.runs,
            check_input=lambda definition, given: None,
            new_id=fires.new_id,
            clock=stage.clock,
            tell=stage.tell,
        )

    def of_workflow(use):
        def called(*arguments):
            ref = next(each for each in arguments if isinstance(each, str))
            exists(ref)
            stage.workflows.workflows[ref] = a_workflow(id=ref)
            stage.workflows.versions[ref, 1] = a_version(workflow_id=ref)
            return use(*arguments, ready())

        return called

    def with_fires(use):
        def called(*arguments):
            fail()
            return use(*arguments, fires)

        return called

    return ScheduleUses(
        create=of_workflow(schedules.create_schedule),
        page_of=of_workflow(schedules.list_schedules),
        get=lambda *given: schedules.get_schedule(*given, ready()),
        of_workflow=lambda ref: workflow_schedules.schedule_of(ref, ports=ready()),
        of_all=lambda: workflow_schedules.schedules_of_all(ports=ready()),
        change=lambda *given: schedules.change_schedule(*given, ready()),
        delete=lambda *given: schedules.delete_schedule(*given, ready()),
        next_times=lambda *given: schedules.next_times(*given, ready()),
        fire=with_fires(fire_now),
        backfill=with_fires(backfill),
    )
