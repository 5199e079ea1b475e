"""An `EventSource` in Python: reads a stream as the standard says, comes back after `retry`, stops at 204.

WHATWG HTML, "Server-sent events".
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import urllib3


@dataclass
class EventSource:
    """`seen`: when each event came (`time.time`). `connections`: how often it has connected."""

    url: str
    key: str | None = None
    last_id: str = ""
    retry: float = 1.0
    connections: int = 0
    seen: list[float] = field(default_factory=list)

    def events(self) -> Iterator[tuple[str, str, Any]]:
        """Id, name and data of each event, until the server says that there is no more."""
        while (answer := self.connect()).status == 200:
            yield from self._read(answer)
            time.sleep(self.retry)
        assert answer.status == 204, answer.data

    def connect(self) -> urllib3.BaseHTTPResponse:
        self.connections += 1
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return urllib3.request("GET", self.url, headers=headers, preload_content=False, retries=False, timeout=40)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> Iterator[tuple[str, str, Any]]:
        fields: dict[str, str] = {}
        for line in _lines(answer):
            name, _, value = line.partition(": ")
            if name == "retry":
                self.retry = int(value) / 1000
            elif not line and "data" in fields:
                self.last_id = fields["id"]
                self.seen.append(time.time())
                yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}
            elif line and not line.startswith(":"):
                fields[name] = value


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[str]:
    rest = b""
    for chunk in answer.stream(amt=None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in lines)
