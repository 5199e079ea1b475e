"""Interruption: ends code of the calling thread that runs for too long, wherever in Python it loops.

The evaluator of JSONata can be asked to stop at each part of an expression, but its functions loop on their own:
`$map(list, $string)` is one part. So a thread watches, and raises in the evaluating one. What it cannot end is a
single long call of C code; `bounds` and `patterns` leave none.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

TICK = 0.25
"""Seconds between two looks at the clock, and so how late an interruption may come."""

T = TypeVar("T")


class Interrupted(BaseException):
    """No `Exception`, for a library may swallow those."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives; raises `Interrupted` in it (or on its return) when it lasts longer."""
    watch = _Watch(threading.get_ident(), time.monotonic() + seconds)
    try:
        _watcher.add(watch)
        return work()
    finally:
        try:
            _watcher.remove(watch)
        except Interrupted:
            # It came while the watch was being ended. It comes once, so this time it ends.
            _watcher.remove(watch)
            raise


class _Watch:
    def __init__(self, thread: int, ends_at: float) -> None:
        self.thread = thread
        self.ends_at = ends_at
        self.fired = False


class _Watcher:
    """One thread for all watches, started with the first one; it rests while there are none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[_Watch] = set()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, watch: _Watch) -> None:
        with self._lock:
            self._watches.add(watch)
            # After a fork the child has this object, and no thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="expressions", daemon=True)
                self._thread.start()
        self._wanted.set()

    def remove(self, watch: _Watch) -> None:
        with self._lock:
            self._watches.discard(watch)
            if watch.fired:
                _raise_in(watch.thread, None)

    def _run(self) -> None:
        while self._wanted.wait():
            time.sleep(TICK)
            with self._lock:
                if not self._watches:
                    self._wanted.clear()
                for watch in self._watches:
                    if not watch.fired and time.monotonic() >= watch.ends_at:
                        watch.fired = True
                        _raise_in(watch.thread, Interrupted)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raises in a thread before its next instruction of Python; None takes back what was not raised yet.

    https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc
    """
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in(ctypes.c_ulong(thread), ctypes.py_object(error) if error is not None else ctypes.c_void_p(None))


_watcher = _Watcher()
