"""Where signals are, and the waits for them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from stepweave.domain.inbox import Inbox, Signal

SigningKey = Callable[[], bytes]
"""The deployment's own key, 32 random bytes, of which links are made; the same in every process."""


class Inboxes(Protocol):
    def get(self, run_id: str, name: str) -> Inbox:
        """The inbox for signals of that name, read consistently; an empty one when there is none."""

    def put(self, run_id: str, name: str, inbox: Inbox, *, was: int) -> bool:
        """Writes it if the stored one still has the revision `was` (0: there is none)."""

    def all(self, run_id: str) -> Mapping[str, Inbox]:
        """The inboxes of a run, by name."""

    def keep(self, signal: Signal) -> Signal:
        """Stores a signal under its id, for good: the one that is stored from then on."""

    def signal(self, run_id: str, signal_id: str) -> Signal | None: ...
