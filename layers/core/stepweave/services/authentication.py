"""Who a request is from, and whether its key may send one more: one call to the store."""

from dataclasses import dataclass
from datetime import datetime

from stepweave.domain.api_key import ApiKey, Caller, has_expired, opens, secret_hash, split_key_text
from stepweave.domain.rate_limit import RateLimit, RateLimited, allowance
from stepweave.errors import Unauthenticated, Unavailable
from stepweave.services.moments import microseconds_of, text_of
from stepweave.services.ports import ApiKeys, Clock, KeyUses, Tell


@dataclass(frozen=True)
class Limiter:
    """The limit of every key, and where use is counted."""

    limit: RateLimit
    uses: KeyUses
    tell: Tell


def authenticate(text: str, *, keys: ApiKeys, clock: Clock, limiter: Limiter | None = None) -> Caller:
    """Who a bearer token belongs to. `Unauthenticated`: an unknown id and a wrong secret get the same answer;
    `RateLimited`: the key has sent too many requests."""
    parts = split_key_text(text)
    if parts is None:
        raise _unknown()
    key_id, hashed = parts[0], secret_hash(parts[1])
    if limiter is not None:
        try:
            return _counted(key_id, hashed, limiter, clock())
        except Unavailable:
            # The limit gives way when the store has no room for a write; the key is looked at all the same.
            limiter.tell("rate_limit_failed_open", key_id=key_id)
    key = _valid(keys.get(key_id), hashed, text_of(clock()))
    return Caller(key.id, key.role)


def _counted(key_id: str, hashed: str, limiter: Limiter, moment: datetime) -> Caller:
    now = microseconds_of(moment)
    use = limiter.uses.take(key_id, hashed, limiter.limit, now)
    key = _valid(use.key, hashed, text_of(moment))
    left = allowance(limiter.limit, use.full_at, now)
    if not use.taken:
        raise RateLimited(key.id, left)
    return Caller(key.id, key.role, left)


def _valid(key: ApiKey | None, hashed: str, now: str) -> ApiKey:
    if key is None or not opens(key, hashed, now):
        raise _unknown()
    if has_expired(key, now):
        raise Unauthenticated(f"The API key expired at {key.expires_at}.")
    return key


def _unknown() -> Unauthenticated:
    return Unauthenticated("The API key is unknown or revoked. Send `Authorization: Bearer sw_...`.")
