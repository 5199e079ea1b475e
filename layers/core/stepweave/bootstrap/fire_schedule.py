"""Wires `fire_schedule`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stepweave.bootstrap.clients import new_ids
from stepweave.bootstrap.firing import fire_ports
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.triggering import triggered_ports
from stepweave.settings import Settings, read_settings


def fire_schedule_handler(settings: Settings | None = None) -> Handler:
    """A timer -> the run of a fire; an event that a trigger's pattern matches -> its run. What comes is ours:
    `{"schedule_id": ..., "time": ...}`, or `{"workflow_id": ..., "pattern": ..., "event": ...}`."""
    from stepweave.services.fires import deliver

    stores, new_id = Stores(settings or read_settings()), new_ids()
    ports, triggered, stack = fire_ports(stores, new_id), triggered_ports(stores, new_id), stores.settings.stack

    def handle(event: Mapping[str, Any], _context: object) -> dict[str, str | None]:
        if "pattern" in event:
            # Its expressions take JSONata, which the fires of schedules need not wait for.
            from stepweave.services.event_triggers import Matched, deliver_event

            matched = Matched(event["workflow_id"], event["pattern"], event["event"])
            return {"run_id": deliver_event(matched, stack, triggered)}
        fired = deliver(event["schedule_id"], datetime.fromisoformat(event["time"]), ports)
        return {"run_id": fired.run_id, "reason": fired.reason}

    return handle
