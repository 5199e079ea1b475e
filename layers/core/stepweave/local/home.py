"""The data folder: who owns it, and what lies in it.

stepweave.db   the journal
lock           held by the process that serves this folder; it names that process
url            where it was served last, for the commands that talk to it
key            the API key that `stepweave dev` prints
log            what functions print; log.1, log.2: what came before
scripts        the folders of the scripts that run
secrets.json   the secrets of steps (`stepweave secrets`)

The folder is made for its owner alone, and so are the files in it that hold data or keys.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from stepweave.local.unusable import Unusable

DEFAULT_HOME = ".stepweave"


class HomeInUse(Unusable):
    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(
            f"{folder} is in use by process {owner or 'unknown'}. Stop it, or name another folder with STEPWEAVE_HOME."
        )


class HomeUnusable(Unusable):
    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"{folder} cannot be the data folder: {why}. Name another folder with --home or STEPWEAVE_HOME."
        )


class Home:
    """A data folder, made when there is none. The lock ends with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise HomeUnusable(folder, "it is a file") from None
        except OSError as error:
            raise HomeUnusable(folder, str(error.strerror)) from error
        self._lock: IO[str] | None = None

    @property
    def journal(self) -> Path:
        return self.folder / "stepweave.db"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def scripts(self) -> Path:
        return self.folder / "scripts"

    @property
    def secrets(self) -> Path:
        return self.secrets_in(self.folder)

    @staticmethod
    def secrets_in(folder: Path) -> Path:
        """The file with the secrets of steps, of a folder that may be there or not."""
        return folder / "secrets.json"

    def own(self) -> None:
        """Takes the folder for this process, or raises `HomeInUse` or `HomeUnusable`."""
        try:
            lock = (self.folder / "lock").open("a+")
        except OSError as error:
            raise HomeUnusable(self.folder, str(error.strerror)) from error
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
        for path in (self.journal, self.log):  # What SQLite makes beside the journal gets the journal's mode.
            _keep_private(path)

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def key(self) -> str | None:
        """The text of the API key that this folder's server prints."""
        path = self.folder / "key"
        return path.read_text().strip() if path.exists() else None

    def url(self) -> str | None:
        """Where this folder was served last."""
        path = self.folder / "url"
        return path.read_text().strip() if path.exists() else None

    def keep_url(self, url: str) -> None:
        (self.folder / "url").write_text(url + "\n")

    def keep_key(self, text: str) -> None:
        path = self.folder / "key"
        _keep_private(path)
        path.write_text(text + "\n")


def _keep_private(path: Path) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
