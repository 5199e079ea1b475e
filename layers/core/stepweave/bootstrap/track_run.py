"""Wires `track_run`."""

from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings


def track_run_handler(settings: Settings | None = None) -> Handler:
    """EventBridge -> the end of an execution settles its run."""
    from stepweave.adapters.lambda_events import ended_execution
    from stepweave.services.finish import finish_run

    ports = finish_ports(Stores(settings or read_settings()))
    return lambda event, _: finish_run(*ended_execution(event), ports)
