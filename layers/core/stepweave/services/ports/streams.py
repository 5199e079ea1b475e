"""What streams of events need: tickets, and seats that bound how many wait at once."""

from collections.abc import Mapping
from typing import Protocol

from stepweave.domain.ticket import Ticket


class Tickets(Protocol):
    """Tickets by the digest of their text."""

    def put(self, digest: str, ticket: Ticket) -> None: ...
    def get(self, digest: str) -> Ticket | None:
        """Also one that has expired."""


class Seats(Protocol):
    """Numbered seats of a key, each taken until a moment; then, or when left, it is free."""

    def taken(self, key_id: str, now: str) -> Mapping[int, str]:
        """Number -> until when."""

    def take(self, key_id: str, number: int, until: str, now: str) -> bool:
        """Takes a seat that is free; False when somebody else has it."""

    def keep(self, key_id: str, number: int, was: str, until: str) -> bool:
        """Keeps a seat longer; False when it is no longer one's own, which `was` tells."""

    def leave(self, key_id: str, number: int, until: str) -> None: ...
