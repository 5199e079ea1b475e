"""Timers of the schedules that are in the store: moto's rules do not outlive the process, so each start sets them."""

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.bootstrap.firing import timers
from stepweave.bootstrap.stores import Stores
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
    return len(schedules)
