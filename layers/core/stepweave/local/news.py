"""News inside the process: whoever streams the events of a run hears of every write to it."""

import asyncio
import threading
from collections import defaultdict

_RUN = "RUN#"


class LocalNews:
    """Told of writes by any thread; listens in the thread of the server."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[_Listener]] = defaultdict(set)
        self._lock = threading.Lock()
        self._is_over = False

    def listen(self, run_id: str) -> "_Listener":
        listener = _Listener(self, run_id)
        with self._lock:
            self._listeners[run_id].add(listener)
            listener.is_over = self._is_over
        return listener

    def forget(self, listener: "_Listener") -> None:
        with self._lock:
            self._listeners[listener.run_id].discard(listener)
            if not self._listeners[listener.run_id]:
                del self._listeners[listener.run_id]

    def wrote(self, partition: str) -> None:
        """An item of that partition was written."""
        if not partition.startswith(_RUN):
            return
        with self._lock:
            heard = list(self._listeners.get(partition.removeprefix(_RUN), ()))
        for listener in heard:
            listener.wake()

    def close(self) -> None:
        """Ends every stream: a server that stops waits for none."""
        with self._lock:
            self._is_over = True
            heard = [listener for listeners in self._listeners.values() for listener in listeners]
        for listener in heard:
            listener.is_over = True
            listener.wake()


class _Listener:
    """An `api.uses.events.Listener`, to be made and used in one event loop."""

    def __init__(self, news: LocalNews, run_id: str) -> None:
        self.run_id = run_id
        self.is_over = False
        self._news = news
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> bool:
        if not self.is_over:
            try:
                await asyncio.wait_for(self._event.wait(), seconds)
            except TimeoutError:
                return not self.is_over
            self._event.clear()
        return not self.is_over

    def close(self) -> None:
        self._news.forget(self)
