"""Binds the use cases of triggers to their ports."""

from functools import partial
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.secret_stores import secret_store
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.triggering import triggered_ports
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.triggers import TriggerUses


def trigger_uses(stores: Stores, new_id: NewId, secrets: Any = None) -> "TriggerUses":
    """`secrets`: where secrets are, when not in a store of AWS."""
    from stepweave.api.uses.triggers import TriggerUses
    from stepweave.services import hooks, signal_triggers

    ports = triggered_ports(stores, new_id)
    return TriggerUses(
        publish=partial(signal_triggers.publish, new_id=new_id, ports=ports),
        receive=partial(hooks.receive, secrets=secrets or secret_store(stores.settings), ports=ports),
    )
