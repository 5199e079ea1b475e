"""Wires `track_run`."""

from collections.abc import Mapping
from typing import Any

from stepweave.bootstrap.direct_running import direct_ends
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings


def track_run_handler(settings: Settings | None = None) -> Handler:
    """EventBridge -> the end of an execution settles its run, or the direct execution of its name."""
    from stepweave.adapters.lambda_events import ended_execution
    from stepweave.services.finish import finish_run

    stores = Stores(settings or read_settings())
    ports, settle_direct = finish_ports(stores), direct_ends(stores)

    def handle(event: Mapping[str, Any], _: Any) -> None:
        if event["detail"]["name"].startswith("exec_"):
            settle_direct(event)
        else:
            finish_run(*ended_execution(event), ports)

    return handle
