"""Wires `reconcile`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stepweave.bootstrap.clients import new_ids, utc_now
from stepweave.bootstrap.direct_running import direct_ports
from stepweave.bootstrap.firing import fire_ports
from stepweave.bootstrap.handler import Handler
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.sweeping import clearance_ports, retirement_ports
from stepweave.bootstrap.triggering import trigger_ports
from stepweave.settings import Settings, read_settings


def reconcile_handler(settings: Settings | None = None) -> Handler:
    """A rule every few minutes -> heals whatever an event lost."""
    from stepweave.services.clearance import clear_deleted
    from stepweave.services.direct_ends import check_direct_executions
    from stepweave.services.reconcile import reconcile
    from stepweave.services.retirement import retire_machines
    from stepweave.services.schedule_check import check_schedules
    from stepweave.services.triggers import check_triggers

    stores = Stores(settings or read_settings())
    fires = fire_ports(stores, new_ids())
    triggers, directly = trigger_ports(stores), direct_ports(stores)
    ports, clearance, retirement = finish_ports(stores), clearance_ports(stores), retirement_ports(stores)

    def follow(workflow_id: str) -> None:
        """Seldom needed, and its imports are slow."""
        from stepweave.bootstrap.schedule_uses import schedule_ports
        from stepweave.services.definition_schedules import follow_current

        follow_current(workflow_id, schedule_ports(fires))

    def handle(_event: Mapping[str, Any], context: Any) -> dict[str, int]:
        """Runs may take all the time that is left; schedules, triggers and direct executions come first, with half of
        it, so that none starves."""
        now, left = utc_now(), timedelta(milliseconds=context.get_remaining_time_in_millis())
        scheduled = check_schedules(fires, now + left / 2, follow)
        triggered = check_triggers(triggers, now + left / 2)
        executed = check_direct_executions(directly, now + left / 2)
        healed = reconcile(ports, utc_now, now + left)
        cleared, retired = clear_deleted(clearance, now + left), retire_machines(retirement, now + left)
        counts = {
            "checked": len(healed.seen),
            "repaired": healed.repaired,
            "schedules": scheduled,
            "triggers": triggered,
            "direct": executed,
        }
        return {**counts, "cleared": cleared, "retired": retired}

    return handle
