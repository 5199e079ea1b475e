"""Tickets and seats of streams in the table."""

from collections.abc import Mapping

from stepweave.adapters.table import TTL_ATTRIBUTE, ConditionFailed, Table
from stepweave.domain.ticket import Ticket
from stepweave.services.moments import moment_of

_SEAT = "seat_"


class TicketStore:
    """The port `services.ports.Tickets`; what has expired DynamoDB deletes sooner or later."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, digest: str, ticket: Ticket) -> None:
        """A digest is of 256 random bits: whoever puts it again knows the ticket, and makes it live longer."""
        ttl = int(moment_of(ticket.expires_at).timestamp()) + 1
        facts = {
            "run_id": ticket.run_id,
            "key_id": ticket.key_id,
            "until": ticket.expires_at,
            "ends_at": ticket.ends_at,
        }
        self._table.put({"pk": f"TICKET#{digest}", "sk": "TICKET", **facts, TTL_ATTRIBUTE: ttl}, "")

    def get(self, digest: str) -> Ticket | None:
        item = self._table.get(f"TICKET#{digest}", "TICKET")
        return Ticket(item["run_id"], item["key_id"], item["until"], item["ends_at"]) if item else None


class SeatStore:
    """The port `services.ports.Seats`: one item per key, with an attribute per seat."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def taken(self, key_id: str, now: str) -> Mapping[int, str]:
        item = self._table.get(f"SEATS#{key_id}", "SEATS") or {}
        seats = {int(name.removeprefix(_SEAT)): until for name, until in item.items() if name.startswith(_SEAT)}
        return {number: until for number, until in seats.items() if until > now}

    def take(self, key_id: str, number: int, until: str, now: str) -> bool:
        seat = f"#{_SEAT}{number}"
        free = f"attribute_not_exists({seat}) OR {seat} <= :now"
        return self._set(key_id, seat, until, free, {":now": now})

    def keep(self, key_id: str, number: int, was: str, until: str) -> bool:
        seat = f"#{_SEAT}{number}"
        return self._set(key_id, seat, until, f"{seat} = :was", {":was": was})

    def leave(self, key_id: str, number: int, until: str) -> None:
        seat = f"#{_SEAT}{number}"
        try:
            self._table.update(f"SEATS#{key_id}", "SEATS", f"REMOVE {seat}", f"{seat} = :until", {":until": until})
        except ConditionFailed:
            return  # it was lost before

    def _set(self, key_id: str, seat: str, until: str, condition: str, values: Mapping[str, str]) -> bool:
        ttl = int(moment_of(until).timestamp()) + 1
        sets = f"SET {seat} = :until, #{TTL_ATTRIBUTE} = :ttl"
        try:
            self._table.update(f"SEATS#{key_id}", "SEATS", sets, condition, {":until": until, ":ttl": ttl, **values})
        except ConditionFailed:
            return False
        return True
