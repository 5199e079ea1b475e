"""Wires `reconcile`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings


def reconcile_handler(settings: Settings | None = None) -> Handler:
    """A rule every few minutes -> heals whatever an event lost."""
    from stepweave.services.reconcile import reconcile

    ports = finish_ports(Stores(settings or read_settings()))

    def handle(_event: Mapping[str, Any], context: Any) -> dict[str, int]:
        healed = reconcile(ports, utc_now, utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))
        return {"checked": len(healed.seen), "repaired": healed.repaired}

    return handle
