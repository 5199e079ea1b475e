"""Binds the use cases of schedules to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.firing import fire_ports
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.schedules import ScheduleUses
    from stepweave.services.fires import FirePorts
    from stepweave.services.schedules import SchedulePorts
    from stepweave.services.workflow_changes import ChangeSink, Guard


def schedule_ports(fires: "FirePorts") -> "SchedulePorts":
    from stepweave.services.inputs import checked_input
    from stepweave.services.schedules import SchedulePorts

    return SchedulePorts(
        workflows=fires.workflows,
        schedules=fires.schedules,
        timers=fires.timers,
        runs=fires.runs,
        check_input=checked_input,
        new_id=fires.new_id,
        clock=fires.clock,
        tell=fires.tell,
    )


def schedules_follow(stores: Stores, new_id: NewId) -> "ChangeSink":
    """Schedules change with their workflow."""
    from stepweave.services.definition_schedules import follow_workflow

    return partial(follow_workflow, ports=schedule_ports(fire_ports(stores, new_id)))


def timers_are_reserved(stores: Stores, new_id: NewId) -> "Guard":
    """The timers of a definition's schedule are made before it stands."""
    from stepweave.services.definition_schedules import reserve_timers

    return partial(reserve_timers, ports=schedule_ports(fire_ports(stores, new_id)))


def schedule_uses(stores: Stores, new_id: NewId) -> "ScheduleUses":
    from stepweave.api.uses.schedules import ScheduleUses
    from stepweave.services import backfill, fires, schedules, workflow_schedules

    firing = fire_ports(stores, new_id)
    ports = schedule_ports(firing)
    return ScheduleUses(
        create=partial(schedules.create_schedule, ports=ports),
        get=partial(schedules.get_schedule, ports=ports),
        page_of=partial(schedules.list_schedules, ports=ports),
        of_workflow=partial(workflow_schedules.schedule_of, ports=ports),
        of_all=partial(workflow_schedules.schedules_of_all, ports=ports),
        change=partial(schedules.change_schedule, ports=ports),
        delete=partial(schedules.delete_schedule, ports=ports),
        next_times=partial(schedules.next_times, ports=ports),
        fire=partial(fires.fire_now, ports=firing),
        backfill=partial(backfill.backfill, ports=firing),
    )
