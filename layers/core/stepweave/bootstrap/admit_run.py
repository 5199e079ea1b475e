"""Wires `admit_run`."""

from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import admission_ports
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings


def admit_run_handler(settings: Settings | None = None) -> Handler:
    """The machine `delayed_start` -> a run whose time has come starts. It answers nothing: the machine ends then."""
    from stepweave.services.admission import admit_due

    ports = admission_ports(Stores(settings or read_settings()))
    return lambda event, _: admit_due(event["run_id"], ports)
