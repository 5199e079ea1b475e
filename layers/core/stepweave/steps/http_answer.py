"""An HTTP answer of which nothing is read to its end at once.

`http.client` takes a chunk size of -1 for a number and then reads, as `read(-1)` does, all that the other side sends,
into memory. We always say how much we want, so that a read without bound can only come from such a size. It also skips
100 alone of the interim answers, and as many as come (RFC 9110, 15.2: others come too); and takes a connection that is
lost in the headers for their end, so that a broken answer would pass for an empty one.
"""

import io
import socket
from http.client import HTTPException, HTTPResponse, parse_headers
from typing import Any, cast

MOST_INTERIM = 50
"""Interim answers before the final one; a proper server sends one or two."""


class BoundedAnswer(HTTPResponse):
    """The class of answers for a connection's `response_class`."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._reader = self.fp = _BoundedReader(self.fp.detach())
        self._interim = 0

    def begin(self) -> None:
        super().begin()
        if self._reader.broke_off:
            raise HTTPException("the headers break off")

    def _read_status(self) -> Any:
        """The status line of the next answer that is not interim, or is 100, which `begin` skips itself."""
        inherited = cast("Any", super())
        while True:
            version, status, reason = inherited._read_status()
            if not 100 <= status < 200:
                return version, status, reason
            self._interim += 1
            if status == 101 or self._interim > MOST_INTERIM:
                raise HTTPException("protocols are not switched, nor interim answers taken without end")
            if status == 100:
                return version, status, reason
            parse_headers(self.fp)


class _BoundedReader(io.BufferedReader):
    """broke_off: whether the other side ended in the middle of a line, or where one was to come."""

    broke_off = False

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            self.broke_off = True
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise HTTPException("a chunk's size is below zero")
        return super().read(size)
