"""The data folder: who owns it, and what lies in it.

stepweave.db   the journal
lock           held by the process that serves this folder; it names that process
key            the API key that `stepweave dev` prints, readable by its owner alone
"""

import fcntl
import os
from pathlib import Path
from typing import IO


class HomeInUse(RuntimeError):
    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(
            f"{folder} is in use by process {owner or 'unknown'}. Stop it, or name another folder with STEPWEAVE_HOME."
        )


class Home:
    """A data folder, made when there is none. The lock ends with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock: IO[str] | None = None

    @property
    def journal(self) -> Path:
        return self.folder / "stepweave.db"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def own(self) -> None:
        """Takes the folder for this process, or raises `HomeInUse`."""
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise HomeInUse(self.folder, owner) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def key(self) -> str | None:
        """The text of the API key that this folder's server prints."""
        path = self.folder / "key"
        return path.read_text().strip() if path.exists() else None

    def keep_key(self, text: str) -> None:
        path = self.folder / "key"
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text + "\n")
