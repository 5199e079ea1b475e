"""Binds the use cases of signals and approvals to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.signals import SignalUses
    from stepweave.services.sent_signals import SignalPorts


def signal_ports(stores: Stores, new_id: NewId) -> "SignalPorts":
    """What sending a signal needs, whoever sends it."""
    from stepweave.adapters.idempotency_store import IdempotencyStore
    from stepweave.adapters.inbox_store import InboxStore
    from stepweave.adapters.latch_store import LatchStore
    from stepweave.services.sent_signals import SignalPorts

    return SignalPorts(
        runs=stores.runs,
        plans=stores.plans,
        values=stores.values,
        inboxes=InboxStore(stores.table),
        latches=LatchStore(stores.table),
        machines=stores.machines,
        keys=IdempotencyStore(stores.table),
        new_id=new_id,
        clock=utc_now,
    )


def signal_uses(stores: Stores, new_id: NewId) -> "SignalUses":
    from stepweave.api.uses.signals import SignalUses
    from stepweave.services import approvals, sent_signals

    ports = signal_ports(stores, new_id)
    return SignalUses(
        send=partial(sent_signals.send_signal, ports=ports),
        approvals=partial(approvals.open_approvals, links=stores.links, ports=ports),
        see=partial(approvals.see_approval, links=stores.links, ports=ports),
        decide=partial(approvals.decide_approval, links=stores.links, ports=ports),
    )
