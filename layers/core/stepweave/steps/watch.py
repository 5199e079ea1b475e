"""Ends something under way when its time is over, or when nobody wants it any more."""

import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Literal, Self

_LOOK_SECONDS = 0.25
"""How long it takes at most to notice that something is not wanted."""


class Watch:
    """A context in which something lives for that many seconds; then, or as soon as `stopped`, `end` is called, once.

    `cut` tells why it was. `stopped` may be None: then only time counts.
    """

    def __init__(self, seconds: float, end: Callable[[], object], stopped: Callable[[], bool] | None = None) -> None:
        self.cut: Literal["expired", "stopped"] | None = None
        self._ends_at = time.monotonic() + seconds
        self._end = end
        self._stopped = stopped
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while (left := self._ends_at - time.monotonic()) > 0:
            if self._over.wait(left if self._stopped is None else min(left, _LOOK_SECONDS)):
                return
            if self._stopped is not None and self._stopped():
                self.cut = "stopped"
                break
        else:
            self.cut = "expired"
        self._end()
