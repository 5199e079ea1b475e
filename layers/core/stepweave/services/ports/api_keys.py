"""Where API keys are, and where their use is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stepweave.domain.api_key import ApiKey
from stepweave.domain.rate_limit import RateLimit
from stepweave.services.ports.page import Page


class ApiKeys(Protocol):
    def get(self, key_id: str) -> ApiKey | None: ...
    def add(self, key: ApiKey) -> None: ...
    def remove(self, key_id: str) -> bool: ...
    def remove_beside(self, key_id: str, other_id: str) -> bool:
        """Removes a key as long as another one is there; False: that one is not. `Unavailable` when somebody writes
        one of them at this moment."""

    def rotate(self, key: ApiKey, *, was: str) -> bool:
        """Gives a key the secrets of `key`; False when its secret's hash is no longer `was`."""

    def all(self) -> Sequence[ApiKey]: ...
    def page(self, *, limit: int, offset: int, cursor: str | None) -> Page[ApiKey]:
        """Oldest first."""


@dataclass(frozen=True)
class KeyUse:
    """What a use came upon: the key (None: there is none of that id), and, if it is the right secret of a key that has
    not expired, the moment at which its bucket is full, and whether a token was taken."""

    key: ApiKey | None
    full_at: int = 0
    taken: bool = False


class KeyUses(Protocol):
    def take(self, key_id: str, hashed: str, limit: RateLimit, now: int) -> KeyUse:
        """Takes a token of a key that this secret opens now (microseconds since 1970), and notes that it was used.
        Nothing is written for another secret, an expired key, or an empty bucket."""
