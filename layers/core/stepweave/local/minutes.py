"""Does something once for each minute that begins, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

_LOG = logging.getLogger(__name__)
_MINUTE = timedelta(minutes=1)
_MOST = 120
"""Minutes that are made up for at once, after the laptop has slept; what is older is reconcile's."""


class Minutes:
    """`wait(seconds)` returns true when it is time to stop."""

    def __init__(
        self,
        work: Callable[[datetime], object],
        clock: Callable[[], datetime],
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._work = work
        self._clock = clock
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._thread = threading.Thread(target=self._run, name="stepweave-minutes", daemon=True)
        self._done = clock().replace(second=0, microsecond=0)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the work under way is done."""
        self._stopped.set()
        self._thread.join()

    def tick(self) -> None:
        """Works for each minute that has begun since the last time."""
        now = self._clock().replace(second=0, microsecond=0)
        self._done = max(self._done, now - _MOST * _MINUTE)
        while self._done < now:
            self._done += _MINUTE
            try:
                self._work(self._done)
            except Exception:
                _LOG.exception("the work of minute %s failed", self._done)

    def _run(self) -> None:
        while not self._wait(self._seconds_to_next()):
            self.tick()

    def _seconds_to_next(self) -> float:
        now = self._clock()
        return 60 - now.second - now.microsecond / 1_000_000 + 0.01
