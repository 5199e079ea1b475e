"""The function `run_script` on a laptop: scripts work in the data folder, and none outlives the stack that ran it."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from stepweave.services.ports import Stops, never_stopped
from stepweave.steps.orphans import end_running
from stepweave.steps.script_runner import run_script

_END_SECONDS = 10.0


class StackClosed(Exception):
    """A script was to be run by a stack that is closing."""


class Scripts:
    """Runs scripts from its making to `close`, or until their run is cancelled, as `stops` tells. The folder is this
    process's alone, as the data folder is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_open = True
        self._under_way = 0
        self.stops: Stops = never_stopped
        self._changed = threading.Condition()
        end_leftovers(folder)
        folder.mkdir(mode=0o700)

    def handle(self, event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
        """The handler of the function."""
        with self._changed:
            if not self._is_open:
                raise StackClosed
            self._under_way += 1
        try:
            stopped = self.stops(event["run_id"])
            return run_script(event, event["timeout_seconds"], parent=self._folder, stopped=stopped)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Ends every script; returns when nothing is left of them. What they did by then must be of no account."""
        ends_at = time.monotonic() + _END_SECONDS
        with self._changed:
            self._is_open = False
            while self._under_way and time.monotonic() < ends_at:
                end_running()  # repeated, for a script that was about to be started
                self._changed.wait(0.02)


def end_leftovers(folder: Path) -> None:
    """Ends the scripts of a process that died while they worked in the folder, and removes the folder.

    Their process groups ended with that process (`script_runner`). Those that had left their group are found by the
    result file that their environment names, where the system shows it: a process number may be another's by now.
    """
    ends_at = time.monotonic() + _END_SECONDS
    while (found := list(_processes_in(folder.resolve()))) and time.monotonic() < ends_at:
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    for path, names, _ in os.walk(folder):
        for name in names:  # A script may have locked its folders away.
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o700)
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _processes_in(folder: Path) -> Iterator[int]:
    mark = f"STEPWEAVE_RESULT={folder}/".encode()
    if sys.platform == "linux":
        for name in os.listdir("/proc"):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if name.isdecimal() and mark in Path("/proc", name, "environ").read_bytes():
                    yield int(name)
