"""Secrets on a laptop: a file in the data folder, for its owner alone."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stepweave.domain.secret import Secret
from stepweave.errors import StepError
from stepweave.local.unusable import Unusable


class SecretsUnreadable(Unusable):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not as `stepweave secrets` writes it. Repair it, or remove it.")


class LocalSecrets:
    """The port `services.ports.Secrets`, and what `stepweave secrets` does. A change is seen at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> Secret | None:
        try:
            return self._all().get(name)
        except SecretsUnreadable as error:
            raise StepError("secret_unavailable", str(error), details={"secret": name}) from error

    def how_to_set(self, name: str) -> str:
        return f"Set it with `stepweave secrets set {name}`."

    def set(self, name: str, secret: Secret) -> None:
        with self._alone():
            self._write({**self._all(), name: secret})

    def names(self) -> Mapping[str, Secret]:
        return dict(sorted(self._all().items()))

    def remove(self, name: str) -> bool:
        with self._alone():
            kept = dict(self._all())
            if kept.pop(name, None) is None:
                return False
            self._write(kept)
            return True

    def _all(self) -> Mapping[str, Secret]:
        try:
            stored = json.loads(self._path.read_text())
            return {name: _read(entry) for name, entry in stored.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SecretsUnreadable(self._path) from error

    def _write(self, secrets: Mapping[str, Secret]) -> None:
        """Beside the file and then in its place, so that a reader never sees half of it."""
        stored = {name: {"value": s.value, "hosts": s.hosts, "workflows": s.workflows} for name, s in secrets.items()}
        beside = self._path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(stored, file, indent=2)
        beside.replace(self._path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(entry: Mapping[str, Any]) -> Secret:
    value = entry["value"]
    if not isinstance(value, str):
        raise TypeError(value)
    return Secret(value, tuple(entry.get("hosts", ())), tuple(entry.get("workflows", ())))
