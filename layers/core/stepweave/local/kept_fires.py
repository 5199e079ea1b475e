"""Fires that a killed process had begun: on AWS their delivery is repeated, here nobody repeats it."""

from stepweave.adapters.schedule_store import ScheduleStore
from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.firing import fire_ports
from stepweave.bootstrap.stores import Stores
from stepweave.services.fires import make_last_run
from stepweave.settings import Settings

_EVER = "~"
_ALL = 1_000_000


def make_last_runs(settings: Settings) -> None:
    """Makes the run of each schedule's last fire that was cut off before it was made."""
    stores = Stores(settings)
    ports = fire_ports(stores, new_ids())
    for schedule in ScheduleStore(stores.table).due(_EVER, _ALL):
        make_last_run(schedule, ports)
