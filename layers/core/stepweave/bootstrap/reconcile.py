"""Wires `reconcile`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.sweeping import clearance_ports, retirement_ports
from stepweave.settings import Settings, read_settings


def reconcile_handler(settings: Settings | None = None) -> Handler:
    """A rule every few minutes -> heals whatever an event lost."""
    from stepweave.services.clearance import clear_deleted
    from stepweave.services.reconcile import reconcile
    from stepweave.services.retirement import retire_machines

    stores = Stores(settings or read_settings())
    ports, clearance, retirement = finish_ports(stores), clearance_ports(stores), retirement_ports(stores)

    def handle(_event: Mapping[str, Any], context: Any) -> dict[str, int]:
        ends_at = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
        healed = reconcile(ports, utc_now, ends_at)
        cleared, retired = clear_deleted(clearance, ends_at), retire_machines(retirement, ends_at)
        return {"checked": len(healed.seen), "repaired": healed.repaired, "cleared": cleared, "retired": retired}

    return handle
