"""Follows the events of a run over HTTP as a browser's `EventSource` does: it comes back until the server says 204.

WHATWG HTML, "Server-sent events".
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import urllib3

from stepweave.local.client import Client, Refused

_READ_SECONDS = 40.0
"""Longer than the pause between two heartbeats, and than a request that is held."""

Told = tuple[str, Any]


def follow_events(client: Client, run_id: str, *, sleep: Callable[[float], object] = time.sleep) -> Iterator[Told]:
    """Name and data of each event, from the first, until the run is over. A connection that breaks is made again."""
    stream = EventStream(f"{client.url}/api/workflows/runs/{run_id}/stream", client.key)
    while True:
        try:
            answer = stream.connect()
            if answer.status == 204:
                return
            for _, event, data in stream.read(answer):
                yield event, data
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.TimeoutError):
            pass  # what was missed is told when it comes back
        sleep(stream.retry)


@dataclass
class EventStream:
    """One connection after the other, each from the event after `last_id`. key: None when the URL has a ticket; retry:
    seconds after which to come back."""

    url: str
    key: str | None = None
    last_id: str = ""
    retry: float = 1.0

    def connect(self) -> urllib3.BaseHTTPResponse:
        """200 with events, or 204: there will be none. Raises `Refused`."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {"Last-Event-ID": self.last_id} if self.last_id else {}
        answer = urllib3.request(
            "GET", self.url, headers=headers, preload_content=False, retries=False, timeout=_READ_SECONDS
        )
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(answer.data))
        return answer

    def read(self, answer: urllib3.BaseHTTPResponse) -> Iterator[tuple[str, str, Any]]:
        """Id, name and data of each event."""
        fields: dict[str, str] = {}
        for line in _lines(answer):
            name, _, value = line.partition(": ")
            if name == "retry":
                self.retry = int(value) / 1000
            elif line and not line.startswith(":"):
                fields[name] = value
            elif "data" in fields:
                self.last_id = fields["id"]
                yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[str]:
    rest = b""
    for chunk in answer.stream(amt=None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in lines)
