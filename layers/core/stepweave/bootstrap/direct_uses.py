"""Binds the use cases of direct executions to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.direct_running import direct_start_ports
from stepweave.bootstrap.event_uses import HOLD_SECONDS
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.direct import DirectUses


def direct_uses(stores: Stores, new_id: NewId, *, streams: bool) -> "DirectUses":
    """`streams`: whether a request may last as long as it likes, as on a laptop."""
    from stepweave.api.uses.direct import DirectUses
    from stepweave.services.direct_executions import direct_state, get_direct, start_direct

    ports = direct_start_ports(stores, new_id)
    return DirectUses(
        start=partial(start_direct, ports=ports),
        get=partial(get_direct, executions=ports.going.executions, values=stores.values),
        state=partial(direct_state, executions=ports.going.executions),
        hold=None if streams else HOLD_SECONDS,
    )
