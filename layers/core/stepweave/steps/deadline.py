"""Cuts a connection at its deadline, or when its run was cancelled.

A socket's own time-out starts anew with every byte that arrives, so that a slow drip would never end. Here another
thread shuts the connection down under whoever reads or writes.
"""

import errno
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from stepweave.steps.watch import Watch


class CutOff:
    """A context in which a connected socket lives for that many seconds, or until `stopped`."""

    def __init__(self, connected: socket.socket, seconds: float, stopped: Callable[[], bool] | None = None) -> None:
        self._socket = connected.dup()  # TLS takes the original over
        self._watch = Watch(seconds, self._cut, stopped)

    @property
    def expired(self) -> bool:
        return self._watch.cut == "expired"

    @property
    def stopped(self) -> bool:
        return self._watch.cut == "stopped"

    def __enter__(self) -> Self:
        self._watch.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._watch.__exit__(kind, error, at)
        self._socket.close()

    def _cut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # the other side had ended it
                raise
