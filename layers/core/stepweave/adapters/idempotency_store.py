"""Idempotency keys in the table."""

import hashlib
from datetime import datetime

from stepweave.adapters.table import TTL_ATTRIBUTE, ConditionFailed, Item, Table
from stepweave.services.ports import Claim

_SK = "CLAIM"


def _pk(scope: str, key: str) -> str:
    """A key is any text of a client's, and may be a secret: only its digest is stored."""
    return f"IDEMPOTENCY#{scope}#{hashlib.sha256(key.encode()).hexdigest()}"


class IdempotencyStore:
    """The port `services.ports.IdempotencyKeys`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, scope: str, key: str, wanted: Claim, now: datetime, expires_at: datetime) -> Claim:
        """DynamoDB deletes what has expired within days (DynamoDB Developer Guide, "TTL"), so the condition looks."""
        item = {
            "pk": _pk(scope, key),
            "sk": _SK,
            "resource_id": wanted.resource_id,
            "fingerprint": wanted.fingerprint,
            TTL_ATTRIBUTE: int(expires_at.timestamp()),
        }
        free = f"attribute_not_exists(pk) OR #{TTL_ATTRIBUTE} <= :now"
        try:
            self._table.put(item, free, {":now": int(now.timestamp())})
        except ConditionFailed as error:
            return _claim(error.found) if error.found else wanted
        return wanted

    def standing(self, scope: str, key: str, now: datetime) -> Claim | None:
        item = self._table.get(_pk(scope, key), _SK)
        return _claim(item) if item and item[TTL_ATTRIBUTE] > int(now.timestamp()) else None


def _claim(item: Item) -> Claim:
    return Claim(item["resource_id"], item["fingerprint"])
