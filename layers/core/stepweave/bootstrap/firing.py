"""Ports of schedules and of their fires, shared by several functions."""

from dataclasses import replace
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import later, utc_now
from stepweave.bootstrap.run_uses import start_ports
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.services.fires import FirePorts, ScheduledStart
    from stepweave.services.ports import Timers


def timers(stores: Stores) -> "Timers":
    """What fires schedules: rules of EventBridge, or EventBridge Scheduler. Where there are both (a laptop has rules
    alone), what the one sets is removed from the other, so that schedules move when the operator chooses again."""
    from stepweave.adapters.event_rules import EventRules
    from stepweave.adapters.moving_timers import MovingTimers
    from stepweave.adapters.scheduler_timers import SchedulerTimers

    settings = stores.settings
    rules = EventRules(
        later("events"),
        prefix=settings.stack,
        target_arn=settings.fire_schedule_arn,
        dead_letters_arn=settings.lost_events_arn,
        clock=utc_now,
    )
    if not settings.schedule_group:
        return rules
    scheduler = SchedulerTimers(
        later("scheduler"),
        group=settings.schedule_group,
        target_arn=settings.fire_schedule_arn,
        role_arn=settings.scheduler_role_arn,
        dead_letters_arn=settings.lost_events_arn,
    )
    match settings.schedule_backend:
        case "rules":
            return MovingTimers(rules, scheduler)
        case "scheduler":
            return MovingTimers(scheduler, rules)
        case other:
            raise ValueError(f"SCHEDULE_BACKEND: '{other}' is neither rules nor scheduler")


def fire_ports(stores: Stores, new_id: NewId) -> "FirePorts":
    from stepweave.adapters.schedule_store import ScheduleStore
    from stepweave.domain.api_key import Caller
    from stepweave.services.control import ControlPorts, cancel_run
    from stepweave.services.fires import FirePorts
    from stepweave.services.start import StartRun, start_run

    starting, stopping = start_ports(stores, new_id), ControlPorts(finish_ports(stores), utc_now)

    def start(asked: "ScheduledStart") -> object:
        request = StartRun(asked.input_data, "schedule", labels=asked.labels, delay=asked.delay_seconds or None)
        by = Caller(asked.labels["schedule_id"], "write")
        return start_run(by, asked.workflow_id, request, replace(starting, new_id=lambda _: asked.run_id))

    return FirePorts(
        schedules=ScheduleStore(stores.table),
        timers=timers(stores),
        workflows=stores.workflows,
        runs=stores.runs,
        keys=stores.idempotency,
        start=start,
        cancel=lambda run_id: cancel_run(run_id, stopping, by="overlap_policy"),
        new_id=new_id,
        clock=utc_now,
        tell=stores.tell,
    )
