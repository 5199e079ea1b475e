"""Binds the use cases of events to their ports."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.api.uses.events import EventUses, Listener

HOLD_SECONDS = 25.0
"""API Gateway ends a request after 30 s (HTTP API quotas)."""


def event_uses(stores: Stores, listen: "Callable[[str], Listener] | None" = None) -> "EventUses":
    """`listen`: where answers can be streamed, and who tells of what is written; without it requests are held."""
    from stepweave.adapters.api_key_store import ApiKeyStore
    from stepweave.adapters.stream_stores import SeatStore, TicketStore
    from stepweave.api.polling import Polling
    from stepweave.api.uses.events import EventUses
    from stepweave.services import events, seats, tickets

    reading = events.EventPorts(stores.runs, stores.values, utc_now)
    seating = seats.SeatPorts(SeatStore(stores.table), utc_now, stores.settings.max_streams)
    ticketing = tickets.TicketPorts(
        TicketStore(stores.table), stores.runs, ApiKeyStore(stores.table), utc_now, partial(secrets.token_hex, 32)
    )
    return EventUses(
        news=partial(events.news, ports=reading),
        show=partial(events.show, ports=reading),
        issue_ticket=partial(tickets.issue_ticket, ports=ticketing),
        follower=partial(tickets.follower, ports=ticketing),
        take_seat=partial(seats.take_seat, ports=seating),
        keep_seat=partial(seats.keep_seat, ports=seating),
        leave_seat=partial(seats.leave_seat, ports=seating),
        listen=listen or Polling,
        hold=None if listen else HOLD_SECONDS,
    )
