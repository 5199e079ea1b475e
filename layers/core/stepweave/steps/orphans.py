"""Ends the processes that a script leaves behind, also those that left its process group.

On Linux our process is a child subreaper (prctl(2)): a process whose parent has ended becomes a child of ours, wherever
it moved itself to. What is a child of ours in a session that is neither ours nor that of a running script, and is not
older than the script, is an orphan of a script. Elsewhere only the process group is ended.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock

_PR_SET_CHILD_SUBREAPER = 36
_LOCK = Lock()
_RUNNING: set[int] = set()
"""Process ids of scripts that run; each leads a session of its own."""


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    session: int
    started: int


@contextmanager
def reaping() -> Iterator[set[int]]:
    """In it a script is started and added: nobody takes it for an orphan in between."""
    with _LOCK:
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        yield _RUNNING


def start_time(pid: int) -> int:
    """When a process began, in clock ticks since boot; 0 where that is not known."""
    process = _process(pid)
    return process.started if process else 0


def end_orphans(leader: int, since: int) -> None:
    """Kills what the script of that process id, which has ended, left behind, until nothing of it is left."""
    with _LOCK:
        _RUNNING.discard(leader)
        while orphans := [process.pid for process in _children() if _is_orphan(process, since)]:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _is_orphan(process: _Process, since: int) -> bool:
    return process.session not in _RUNNING and process.session != os.getsid(0) and process.started >= since


def _children() -> Iterator[_Process]:
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc"):
        process = _process(int(name)) if name.isdecimal() else None
        if process is not None and process.parent == os.getpid():
            yield process


def _process(pid: int) -> _Process | None:
    """From /proc/<pid>/stat (proc(5)): the name in brackets may hold anything, the fields begin after it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Process(pid, parent=int(fields[1]), session=int(fields[3]), started=int(fields[19]))
