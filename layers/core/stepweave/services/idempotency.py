"""Idempotency: the same request sent again makes nothing new, also while the first is still under way.

The claim fixes the id of what will be made before anything is made. Whoever sends the request again gets that id and
goes on with making it, should the first have been cut off; making is conditional on the id, so it happens once.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stepweave.errors import Conflict
from stepweave.services.ports import Claim, IdempotencyKeys


@dataclass(frozen=True)
class Once:
    """A client's key within `scope`, and for how many `seconds` it is remembered."""

    scope: str
    key: str
    seconds: int = 86_400


@dataclass(frozen=True)
class Claimed:
    """The id to make; `replayed`: an earlier request with the same key and content has fixed it."""

    resource_id: str
    replayed: bool = False


def fingerprint(content: Any) -> str:
    """A digest of JSON content that does not depend on the order of its members."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def claim(once: Once | None, content: Any, new_id: str, keys: IdempotencyKeys, now: datetime) -> Claimed:
    """Which id a request is to make: `new_id`, or that of the first request with its key.

    Raises `Conflict` (`idempotency_conflict`) when the first asked for something else.
    """
    if once is None:
        return Claimed(new_id)
    wanted = Claim(new_id, fingerprint(content))
    stands = keys.claim(once.scope, once.key, wanted, now, now + timedelta(seconds=once.seconds))
    return Claimed(_same(once, stands, wanted.fingerprint), replayed=stands.resource_id != new_id)


def claimed_before(once: Once | None, content: Any, keys: IdempotencyKeys, now: datetime) -> Claimed | None:
    """What an earlier request with this key has fixed, without claiming anything; None when there was none.

    For a request that would now be refused: what was accepted once is answered as it was then.
    Raises `Conflict` as `claim` does.
    """
    stands = keys.standing(once.scope, once.key, now) if once else None
    if once is None or stands is None:
        return None
    return Claimed(_same(once, stands, fingerprint(content)), replayed=True)


def _same(once: Once, stands: Claim, wanted: str) -> str:
    if stands.fingerprint != wanted:
        raise Conflict(
            f"The idempotency key '{once.key}' was used for another request, which made '{stands.resource_id}'. "
            "Send that request again, or this one with a key of its own.",
            code="idempotency_conflict",
        )
    return stands.resource_id
