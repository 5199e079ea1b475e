"""Calls a function at once, and then every so many seconds, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Ticker:
    def __init__(self, work: Callable[[], object], seconds: float = 60.0) -> None:
        self._work = work
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stepweave-ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the work under way is done."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._work()
            except Exception:
                _LOG.exception("the ticker's work failed; it is tried again in %s s", self._seconds)
            self._stopped.wait(self._seconds)
