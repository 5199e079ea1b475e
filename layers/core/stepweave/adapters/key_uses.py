"""The use of API keys: one update reads the key, takes a token of its bucket, and notes the use.

The moment at which a bucket is full (`domain.rate_limit`) is moved in one of two ways: of a full bucket to a little
after now, of any other one by the time of a token. An update can do the one or the other, so the likelier is tried
first: this process knows the moment that it has seen last, and that only grows. Where it guesses wrong, since another
process has used the key meanwhile, nothing was written, and it does the other.
"""

from stepweave.adapters.api_key_store import SK, key_in, pk_of
from stepweave.adapters.table import ConditionFailed, Item, Table
from stepweave.domain.api_key import opens
from stepweave.domain.rate_limit import RateLimit
from stepweave.services.moments import moment_at, text_of
from stepweave.services.ports import KeyUse

_VALID = "({secret}) AND (attribute_not_exists(#ends_at) OR #ends_at > :now)"
_SECRET = "#secret_sha256 = :hashed OR #old_secrets.#{hashed} > :now"  # noqa: S105 - an expression
_FULL = "(attribute_not_exists(#full_at) OR #full_at <= :moment)"
_NOT_FULL = "#full_at BETWEEN :moment AND :latest"
_MOST_SEEN = 10_000


class KeyUseStore:
    """The port `services.ports.KeyUses`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: dict[str, int] = {}

    def take(self, key_id: str, hashed: str, limit: RateLimit, now: int) -> KeyUse:
        is_full = self._seen.get(key_id, 0) <= now
        use = self._try(key_id, hashed, limit, now, is_full=is_full)
        if not use.taken and _was_misjudged(use, hashed, limit, now, is_full=is_full):
            use = self._try(key_id, hashed, limit, now, is_full=not is_full)
        if use.key:
            self._note(key_id, use.full_at)
        return use

    def _try(self, key_id: str, hashed: str, limit: RateLimit, now: int, *, is_full: bool) -> KeyUse:
        values = {":hashed": hashed, ":now": text_of(moment_at(now)), ":moment": now}
        valid = _VALID.format(secret=_SECRET.format(hashed=hashed))
        if is_full:
            condition, moved, values = _FULL, ":next", {**values, ":next": now + limit.interval}
        else:
            condition, moved = _NOT_FULL, "#full_at + :interval"
            values = {**values, ":latest": limit.latest(now), ":interval": limit.interval}
        try:
            item = self._table.update(
                pk_of(key_id), SK, f"SET #last_used_at = :now, #full_at = {moved}", f"{valid} AND {condition}", values
            )
        except ConditionFailed as error:
            return _use(error.found, taken=False)
        return _use(item, taken=True)

    def _note(self, key_id: str, full_at: int) -> None:
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[key_id] = max(full_at, self._seen.get(key_id, 0))


def _was_misjudged(use: KeyUse, hashed: str, limit: RateLimit, now: int, *, is_full: bool) -> bool:
    """Whether it was not the secret nor an empty bucket that kept a token from being taken."""
    if use.key is None or not opens(use.key, hashed, text_of(moment_at(now))):
        return False
    return use.full_at <= limit.latest(now) and (use.full_at <= now) != is_full


def _use(item: Item | None, *, taken: bool) -> KeyUse:
    return KeyUse(key_in(item), item.get("full_at", 0), taken) if item else KeyUse(None)
