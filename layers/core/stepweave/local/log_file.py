"""The log of a data folder: what functions print, the newest in `log`, what came before in `log.1`, `log.2`."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO

LARGEST_BYTES = 10_000_000
"""After which a new file is begun."""
_OLDER = 2


class LogFile:
    """A stream that any thread may write to; it goes on where the file ends.

    It is closed when nobody has it any more: a function that is still at work when the stack ends may print once more.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST_BYTES, echo: IO[str] | None = None) -> None:
        self._path, self._largest, self._echo = path, largest, echo
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _opened(path)
        self._errors: list[str] = []

    def write(self, text: str) -> int:
        with self._lock:
            self._file.write(text)
            if text.endswith("\n") and self._file.tell() >= self._largest:
                self._begin_anew()
        if self._echo is not None:
            self._echo.write(text)
        self._errors += _errors_in(text)
        return len(text)

    def isatty(self) -> bool:
        return False

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it could not be opened
            self._file.close()

    def flush(self) -> None:
        with self._lock:
            self._file.flush()

    def failures(self) -> list[str]:
        """What was written, by this process, of unexpected failures."""
        return list(self._errors)

    def _begin_anew(self) -> None:
        self._file.close()
        for number in range(_OLDER, 0, -1):
            newer = _older(self._path, number - 1)
            if newer.exists():
                newer.replace(_older(self._path, number))
        self._file = _opened(self._path)


def lines_of(path: Path) -> Iterator[str]:
    """Every line that is kept, the oldest first."""
    for number in range(_OLDER, -1, -1):
        with (
            contextlib.suppress(FileNotFoundError),
            _older(path, number).open(encoding="utf-8", errors="replace") as file,
        ):
            yield from file


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path


def _opened(path: Path) -> IO[str]:
    """For its owner alone, written line by line."""
    private = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(private, "a", buffering=1, encoding="utf-8")


def _errors_in(text: str) -> Iterator[str]:
    if '"ERROR"' not in text:
        return
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("level") == "ERROR":
                yield str(entry.get("exception") or entry.get("message"))
