"""An HTTP answer of which nothing is read to its end at once.

`http.client` takes a chunk size of -1 for a number and then reads, as `read(-1)` does, all that the other side sends,
into memory. We always say how much we want, so that a read without bound can only come from such a size.
"""

import io
import socket
from http.client import HTTPException, HTTPResponse


class BoundedAnswer(HTTPResponse):
    """The class of answers for a connection's `response_class`."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = _BoundedReader(self.fp.detach())


class _BoundedReader(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise HTTPException("a chunk's size is below zero")
        return super().read(size)
