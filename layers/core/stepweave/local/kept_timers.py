"""Timers of schedules and rules of triggers: moto's do not outlive the process, so each start sets them."""

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.bootstrap.firing import timers
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.triggering import trigger_ports
from stepweave.services.triggers import bring_in_line
from stepweave.settings import Settings

_EVER = "~"
_ALL = 1_000_000


def set_timers(settings: Settings) -> int:
    """How many schedules there are."""
    stores = Stores(settings)
    setting = timers(stores)
    schedules = ScheduleStore(stores.table).due(_EVER, _ALL)
    for schedule in schedules:
        setting.put(schedule)
    triggers = trigger_ports(stores)
    for workflow_id in triggers.triggers.due(_EVER, _ALL):
        bring_in_line(workflow_id, triggers)
    return len(schedules)
