"""What a process writes, of which the beginning and the end are kept."""

import os
from threading import Thread
from typing import IO

KEPT_BYTES = 32 * 1024
"""At each end."""
_GRACE_SECONDS = 5.0


def abridged(head: bytes | bytearray, left_out: int, tail: bytes | bytearray) -> str:
    """Both ends of a text in UTF-8, with a note of how many bytes are missing between them."""
    return f"{head.decode('utf-8', 'replace')}\n[... {left_out} bytes left out ...]\n{tail.decode('utf-8', 'replace')}"


class Captured:
    """Reads a pipe to its end in a thread of its own, so that the writer never blocks and never fills our memory."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            raise ValueError("the process has to be started with a pipe")
        self._pipe = pipe
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0
        self._thread = Thread(target=self._read, name="captured", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """All of it, or both ends with a note of what was left out between. Called when the writers have ended."""
        self._thread.join(_GRACE_SECONDS)
        if not self._left_out:
            return (self._head + self._tail).decode("utf-8", "replace")
        return abridged(self._head, self._left_out, self._tail)

    def _read(self) -> None:
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), 65_536):
                room = KEPT_BYTES - len(self._head)
                self._head += chunk[:room]
                self._tail += chunk[room:]
                surplus = max(0, len(self._tail) - KEPT_BYTES)
                del self._tail[:surplus]
                self._left_out += surplus
