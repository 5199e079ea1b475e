"""Secrets kept in memory for a minute: a run of many steps reads each once, and a changed one is soon in use."""

from collections.abc import Callable

from stepweave.domain.secret import Secret
from stepweave.services.ports import Secrets

KEPT_SECONDS = 60.0
MOST_KEPT = 1_000


class KeptSecrets:
    """The port `services.ports.Secrets` before another. One that is missing is looked up again each time."""

    def __init__(self, secrets: Secrets, monotonic: Callable[[], float]) -> None:
        self._secrets = secrets
        self._monotonic = monotonic
        self._kept: dict[str, tuple[Secret, float]] = {}

    def get(self, name: str) -> Secret | None:
        kept, until = self._kept.get(name, (None, 0.0))
        if kept is not None and self._monotonic() < until:
            return kept
        found = self._secrets.get(name)
        if found is None:
            self._kept.pop(name, None)
            return None
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[name] = found, self._monotonic() + KEPT_SECONDS
        return found

    def how_to_set(self, name: str) -> str:
        return self._secrets.how_to_set(name)
