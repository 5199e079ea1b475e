"""Cuts a connection at its deadline.

A socket's own time-out starts anew with every byte that arrives, so that a slow drip would never end. Here a timer
shuts the connection down under whoever reads or writes.
"""

import errno
import socket
from threading import Timer
from types import TracebackType
from typing import Self


class CutOff:
    """A context in which a connected socket lives for that many seconds; `expired` tells whether it was cut."""

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        self.expired = False
        self._socket = connected.dup()  # TLS takes the original over
        self._timer = Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()
        self._socket.close()

    def _expire(self) -> None:
        self.expired = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # the other side had ended it
                raise
