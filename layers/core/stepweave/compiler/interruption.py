"""Interruption: ends code of the calling thread that runs for too long, wherever in Python it loops.

The evaluator of JSONata can be asked to stop at each part of an expression, but its functions loop on their own:
`$map(list, $string)` is one part. So a thread watches, and raises in the evaluating one. What it cannot end is a
single long call of C code; `bounds` and `patterns` leave none.

An exception between taking a lock and noting that it was taken would keep it taken for ever. So no lock is used here
while a thread is watched (who ends a watch is settled by who takes it out of a dictionary, which is atomic), and a
thread is interrupted only where it runs code of the evaluator, never in what that calls or what traces it.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import jsonata

_LIBRARY = Path(jsonata.__file__).parent
EVALUATOR = (str(_LIBRARY), str(_LIBRARY.with_name("re2")), str(Path(__file__).parent))
"""Folders of the code that may be interrupted: jsonata-python, the wrapper of RE2 beside it, and ours."""
HURRY = 0.005
"""Seconds between two looks at a thread that is overdue, and where it cannot be interrupted."""
TICK = 0.25
"""Seconds between two looks at the clock, and so how late an interruption may come."""

T = TypeVar("T")


class Interrupted(BaseException):
    """No `Exception`, for a library may swallow those."""


def within(seconds: float, work: Callable[[], T], *, code: tuple[str, ...] = EVALUATOR) -> T:
    """What `work` gives; raises `Interrupted` in it (or on its return) when it lasts longer.

    `code`: beginnings of the names of files whose code may be interrupted.
    """
    _watcher.be_awake()
    watch = _watcher.watch(_Watch(threading.get_ident(), time.monotonic() + seconds, code))
    try:
        result = work()
    except Interrupted:
        raise
    except BaseException:
        _end(watch)
        raise
    _end(watch)
    return result


def _end(watch: "_Watch") -> None:
    """An interruption that has been sent, or is being sent, arrives here and nowhere later.

    One that the work has swallowed (what a finaliser raises is dropped) does not arrive, and is made good.
    """
    if not _watcher.end(watch):
        time.sleep(TICK)
        time.sleep(TICK)
        raise Interrupted


@dataclass(frozen=True, eq=False)
class _Watch:
    thread: int
    ends_at: float
    code: tuple[str, ...]

    def is_interruptible(self) -> bool:
        frame = sys._current_frames().get(self.thread)
        return frame is not None and frame.f_code.co_filename.startswith(self.code)


class _Watcher:
    """One thread for all watches, started with the first one; it rests while there are none."""

    def __init__(self) -> None:
        self._watches: dict[_Watch, bool | None] = {}
        self._wanted: SimpleQueue[None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def be_awake(self) -> None:
        """Before anything is watched. After a fork the child has this object, and no thread."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="expressions", daemon=True)
                self._thread.start()

    def watch(self, watch: _Watch) -> _Watch:
        self._watches[watch] = None
        self._wanted.put(None)
        return watch

    def end(self, watch: _Watch) -> bool:
        """False when the interruption has been sent, or is being sent."""
        return self._watches.pop(watch, False) is None

    def _run(self) -> None:
        while True:
            self._wanted.get()
            pause = TICK
            while self._watches:
                time.sleep(pause)
                overdue = [watch for watch in list(self._watches) if time.monotonic() >= watch.ends_at]
                for watch in overdue:
                    if watch.is_interruptible() and self.end(watch):
                        _raise_in(watch.thread)
                pause = HURRY if overdue else TICK


def _raise_in(thread: int) -> None:
    """Raises in a thread before its next instruction of Python.

    https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Interrupted))


_watcher = _Watcher()
