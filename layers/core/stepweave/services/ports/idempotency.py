"""Where idempotency keys are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Claim:
    """What a key stands for: the id of what its first request made or is making, and a digest of what it asked."""

    resource_id: str
    fingerprint: str


class IdempotencyKeys(Protocol):
    """Keys live in scopes: the same key in another scope is another key."""

    def claim(self, scope: str, key: str, wanted: Claim, now: datetime, expires_at: datetime) -> Claim:
        """The claim that stands from now on: `wanted`, unless there is one that has not expired."""

    def standing(self, scope: str, key: str, now: datetime) -> Claim | None:
        """The claim that stands; None when there is none or it has expired."""
