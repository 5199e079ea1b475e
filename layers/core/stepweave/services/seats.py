"""Seats: how many streams of a key may wait for news at once, counted in the store, so over all instances.

A seat is a lease: a stream that ends leaves it, one that was cut off loses it after a while.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from stepweave.errors import TooManyRequests
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Seats

LEASE = timedelta(seconds=45)
"""Longer than any pause between two heartbeats, and than a request behind API Gateway."""


@dataclass(frozen=True)
class Seat:
    key_id: str
    number: int
    until: str


@dataclass(frozen=True)
class SeatPorts:
    seats: Seats
    clock: Clock
    most: int


def take_seat(key_id: str, ports: SeatPorts) -> Seat:
    """One read and one write, more when several take seats at once. `TooManyRequests` when none is free."""
    now = text_of(ports.clock())
    until = text_of(ports.clock() + LEASE)
    while free := sorted(set(range(ports.most)) - ports.seats.taken(key_id, now).keys()):
        for number in free:
            if ports.seats.take(key_id, number, until, now):
                return Seat(key_id, number, until)
    raise TooManyRequests(
        f"This key has {ports.most} streams open; end one of them, or follow runs with another key.",
        code="too_many_streams",
        retry_after=25,
    )


def keep_seat(seat: Seat, ports: SeatPorts) -> Seat | None:
    """The seat for a lease longer; None when it has been lost."""
    until = text_of(ports.clock() + LEASE)
    kept = ports.seats.keep(seat.key_id, seat.number, seat.until, until)
    return replace(seat, until=until) if kept else None


def leave_seat(seat: Seat, ports: SeatPorts) -> None:
    ports.seats.leave(seat.key_id, seat.number, seat.until)
