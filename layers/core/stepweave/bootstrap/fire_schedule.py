"""Wires `fire_schedule`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.firing import fire_ports
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.stores import Stores
from stepweave.settings import Settings, read_settings


def fire_schedule_handler(settings: Settings | None = None) -> Handler:
    """A timer -> the run of a fire. The event is ours: `{"schedule_id": ..., "time": ...}`."""
    from stepweave.services.fires import deliver

    ports = fire_ports(Stores(settings or read_settings()), new_ids())

    def handle(event: Mapping[str, Any], _context: object) -> dict[str, str | None]:
        fired = deliver(event["schedule_id"], datetime.fromisoformat(event["time"]), ports)
        return {"run_id": fired.run_id, "reason": fired.reason}

    return handle
