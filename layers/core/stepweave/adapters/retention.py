"""How long runs are kept: every item of a run has one expiry, after which DynamoDB deletes it (TTL).

It is known without a read or a write: a run's id tells when it was made, and ordinary runs are over within a day. One
that lives longer gets later expiries as it goes on, and when it has ended one for all (`RunStore.keep`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from stepweave.ids import milliseconds_of
from stepweave.services.ports import Clock

DAY = 86_400


def utc_now() -> datetime:
    return datetime.now(UTC)


_KEPT = ("RUN#", "EXEC#")
"""Partitions of runs and of direct executions, which are kept as long."""
_KEY_SECONDS = DAY + 3_600
"""For how long a key is remembered (`services.idempotency.Once`), and an hour."""


@dataclass(frozen=True)
class Retention:
    """`days` after its end a run is forgotten; 0: never."""

    days: int
    clock: Clock

    def expires_at(self, pk: str) -> int | None:
        """Epoch seconds for an item of that partition that is written now; None for what is kept for ever."""
        if not self.days or not pk.startswith(_KEPT):
            return None
        return self._after(self._now() if self.is_long(pk) else self._made_at(pk))

    def remembered_until(self, pk: str) -> int | None:
        """Epoch seconds up to which a client may send again the request that made this run, with its idempotency key;
        None when that time is over."""
        until = int(self._made_at(pk)) + _KEY_SECONDS
        return until if until > self._now() else None

    def from_moment(self, moment: datetime) -> int | None:
        """Epoch seconds at which what ends at that moment is forgotten; None for never."""
        return self._after(moment.timestamp()) if self.days else None

    def _after(self, seconds: float) -> int:
        return int(seconds) + (self.days + 1) * DAY

    def is_long(self, pk: str) -> bool:
        """Whether a run lives longer than the expiries that its id gave its items account for."""
        return bool(self.days) and self._now() - self._made_at(pk) >= DAY

    def is_near(self, expires_at: int) -> bool:
        """Whether something that goes on must be kept longer: half of its time is over."""
        return expires_at - self._now() < self.days * DAY / 2 + DAY

    def _made_at(self, pk: str) -> float:
        milliseconds = milliseconds_of(pk)
        return self._now() if milliseconds is None else milliseconds / 1000

    def _now(self) -> float:
        return self.clock().timestamp()
