"""How many requests a key may send: a token bucket, kept as one number.

The number is the moment at which the bucket is full again (the "theoretical arrival time" of the generic cell rate
algorithm, ITU-T I.371): a request moves it by the time that a token takes to come back, and it never moves backwards.
Moments are whole microseconds since 1970.

    rate 50 a second, burst 500: full in 9.98 s at the latest -> one more token is there -> full in 10 s
"""

from dataclasses import dataclass

from stepweave.errors import TooManyRequests

SECOND = 1_000_000


@dataclass(frozen=True)
class RateLimit:
    """Both are 1 or more. In any time t at most `burst + per_second * t` requests get through."""

    per_second: int
    burst: int

    @property
    def interval(self) -> int:
        """Microseconds in which a token comes back, rounded up so that never too many do."""
        return -(-SECOND // self.per_second)

    def latest(self, now: int) -> int:
        """The latest moment of being full at which there is a token left now."""
        return now + (self.burst - 1) * self.interval


@dataclass(frozen=True)
class Allowance:
    """What a key may still send. `remaining`: tokens; `reset_seconds`, `reset_at` (since 1970): when all of them are
    back; `retry_after`: seconds until there is one. Seconds are whole and rounded up."""

    limit: int
    remaining: int
    reset_seconds: int
    reset_at: int
    retry_after: int


def token_taken(limit: RateLimit, full_at: int, now: int) -> int | None:
    """The moment at which the bucket is full after a token was taken now; None when there is none left."""
    return None if full_at > limit.latest(now) else max(full_at, now) + limit.interval


def allowance(limit: RateLimit, full_at: int, now: int) -> Allowance:
    """What is left of a bucket that is full at that moment."""
    missing = max(0, full_at - now)
    return Allowance(
        limit=limit.burst,
        remaining=max(0, limit.burst - _up(missing, limit.interval)),
        reset_seconds=_up(missing, SECOND),
        reset_at=_up(now + missing, SECOND),
        retry_after=_up(max(0, full_at - limit.latest(now)), SECOND),
    )


def _up(amount: int, unit: int) -> int:
    return -(-amount // unit)


class RateLimited(TooManyRequests):
    """A key has sent too many requests."""

    def __init__(self, key_id: str, left: Allowance) -> None:
        super().__init__(
            f"The key has sent more requests than it may; there is room for one in {max(1, left.retry_after)} s.",
            code="rate_limited",
            retry_after=max(1, left.retry_after),
        )
        self.key_id = key_id
        self.allowance = left
