"""Ends the processes that a script leaves behind, also those that left its process group.

On Linux our process is a child subreaper (prctl(2)): a process whose parent has ended becomes a child of ours, wherever
it moved itself to. That it is a script's is told by its hard limit on file sizes, which children inherit and nobody
without privileges can raise again (getrlimit(2)): each running script gets one that no other has. Elsewhere only the
process group is ended.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Lock

MAX_FILE_BLOCKS = 512 * 1024
"""256 MB, in the unit of `ulimit -f` (POSIX): the largest file that a script may write, or a few blocks less."""
_BLOCK_BYTES = 512
_PR_SET_CHILD_SUBREAPER = 36
_LOCK = Lock()
_RUNNING: dict[int, int] = {}
"""Process id of a running script -> the limit that marks it, in blocks."""


@contextmanager
def starting() -> Iterator[tuple[int, dict[int, int]]]:
    """In it a script is started with that limit and noted: nobody takes it for an orphan in between."""
    with _LOCK:
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        yield next(blocks for blocks in count(MAX_FILE_BLOCKS, -1) if blocks not in _RUNNING.values()), _RUNNING


def end_running() -> None:
    """Kills the process group of every script that runs, for a process that is about to end itself."""
    with _LOCK:  # Under it a process that is listed has not been reaped, so that nobody else can have its number.
        for leader in _RUNNING:
            with suppress(ProcessLookupError, PermissionError):  # macOS refuses when only a zombie is left
                os.killpg(leader, signal.SIGKILL)


def end_orphans(leader: "subprocess.Popen[bytes]") -> None:
    """Reaps a script that has ended and kills what it left behind, until nothing of it is left."""
    with _LOCK:
        leader.wait()
        del _RUNNING[leader.pid]
        while orphans := list(_orphans()):
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _orphans() -> Iterator[int]:
    """A process that lowered its limit further is a script's too, whichever."""
    if sys.platform != "linux" or _is_marked(os.getpid()):
        return
    for pid in (int(name) for name in os.listdir("/proc") if name.isdecimal()):
        if pid not in _RUNNING and _parent(pid) == os.getpid() and _is_marked(pid):
            yield pid


def _is_marked(pid: int) -> bool:
    """By a limit that no running script has."""
    limit = _line(f"/proc/{pid}/limits", "Max file size").split()
    blocks = int(limit[-2]) // _BLOCK_BYTES if limit and limit[-2] != "unlimited" else MAX_FILE_BLOCKS + 1
    return blocks <= MAX_FILE_BLOCKS and blocks not in _RUNNING.values()


def _parent(pid: int) -> int:
    """0 for a process that has gone."""
    return int(_line(f"/proc/{pid}/status", "PPid:").partition("\t")[2] or 0)


def _line(path: str, start: str) -> str:
    """The line of a file of proc(5) that starts so; empty when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return next((line for line in file if line.startswith(start)), "")
    except (FileNotFoundError, ProcessLookupError):
        return ""
