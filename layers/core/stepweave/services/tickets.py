"""Tickets: made with a key, used by a browser on the stream of one run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from stepweave.domain.api_key import Caller, has_expired
from stepweave.domain.ticket import Ticket, ticket_digest
from stepweave.errors import NotFound, Unauthenticated
from stepweave.services.moments import text_of
from stepweave.services.ports import ApiKeys, Clock, Runs, Tickets

LIFE = timedelta(minutes=5)
"""Since it was last used: a browser reconnects with the same URL, behind API Gateway every 25 s."""
LONGEST = timedelta(hours=12)
"""Since it was made."""


@dataclass(frozen=True)
class TicketPorts:
    tickets: Tickets
    runs: Runs
    keys: ApiKeys
    clock: Clock
    new_secret: Callable[[], str]


@dataclass(frozen=True)
class Issued:
    """A ticket's text, which is nowhere kept, and until when it must be used first."""

    text: str
    expires_at: str


def issue_ticket(caller: Caller, run_id: str, ports: TicketPorts) -> Issued:
    """A ticket for the stream of that run. `new_secret` gives 256 random bits as letters and digits."""
    if ports.runs.state(run_id) is None:
        raise NotFound("run", run_id)
    now = ports.clock()
    text = f"swt_{ports.new_secret()}"
    expires_at = text_of(now + LIFE)
    ports.tickets.put(ticket_digest(text), Ticket(run_id, caller.key_id, expires_at, text_of(now + LONGEST)))
    return Issued(text, expires_at)


def follower(text: str, run_id: str, ports: TicketPorts) -> str:
    """The id of the key that a ticket stands for; no token of that key is taken. `Unauthenticated` when the ticket is
    unknown, for another run, or expired, or when its key was revoked or has expired. Used in its second half it lives
    on, so that a use costs a write now and then only."""
    now = ports.clock()
    digest = ticket_digest(text)
    ticket = ports.tickets.get(digest)
    if ticket is None or ticket.run_id != run_id or ticket.expires_at <= text_of(now):
        raise Unauthenticated("The ticket is unknown, expired or for another run. Make one: POST /runs/{id}/tickets.")
    key = ports.keys.get(ticket.key_id)
    if key is None or has_expired(key, text_of(now)):
        raise Unauthenticated("The key that made the ticket has been revoked or has expired.")
    if ticket.expires_at < text_of(now + LIFE / 2) and ticket.expires_at < ticket.ends_at:
        ports.tickets.put(digest, replace(ticket, expires_at=min(text_of(now + LIFE), ticket.ends_at)))
    return ticket.key_id
