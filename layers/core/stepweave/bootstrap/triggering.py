"""Ports of triggers and of the runs that they start, shared by several functions."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import later, utc_now
from stepweave.bootstrap.run_uses import start_ports
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.services.triggered_runs import TriggeredPorts
    from stepweave.services.triggers import TriggerPorts
    from stepweave.services.workflow_changes import ChangeSink, Guard


def trigger_ports(stores: Stores) -> "TriggerPorts":
    from stepweave.adapters.event_patterns import EventPatterns
    from stepweave.adapters.trigger_store import TriggerStore
    from stepweave.services.triggers import TriggerPorts

    settings = stores.settings
    sources = EventPatterns(
        later("events"),
        prefix=settings.stack,
        target_arn=settings.fire_schedule_arn,
        dead_letters_arn=settings.lost_events_arn,
    )
    allowed = frozenset(each.strip() for each in settings.event_sources.split(",") if each.strip())
    return TriggerPorts(TriggerStore(stores.table), sources, stores.workflows, allowed, utc_now, stores.tell)


def triggered_ports(stores: Stores, new_id: NewId) -> "TriggeredPorts":
    from stepweave.adapters.trigger_store import TriggerStore
    from stepweave.services.start import start_run
    from stepweave.services.triggered_runs import TriggeredPorts

    return TriggeredPorts(
        triggers=TriggerStore(stores.table),
        workflows=stores.workflows,
        keys=stores.idempotency,
        start=partial(start_run, ports=start_ports(stores, new_id)),
        clock=utc_now,
        tell=stores.tell,
    )


def triggers_are_taken(stores: Stores) -> "Guard":
    """What a definition wants of the outside is taken before it stands."""
    from stepweave.services.triggers import take

    return partial(take, ports=trigger_ports(stores))


def triggers_follow(stores: Stores) -> "ChangeSink":
    from stepweave.services.triggers import follow

    return partial(follow, ports=trigger_ports(stores))
