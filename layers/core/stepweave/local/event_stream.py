"""Follows the events of a run over HTTP as a browser's `EventSource` does: it comes back until the server says 204.

WHATWG HTML, "Server-sent events".
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import urllib3

from stepweave.local.client import Client, Refused

_FIRST_RETRY = 1.0
_READ_SECONDS = 40.0
"""Longer than the pause between two heartbeats, and than a request that is held."""

Told = tuple[str, Any]


def follow_events(client: Client, run_id: str, *, sleep: Callable[[float], object] = time.sleep) -> Iterator[Told]:
    """Name and data of each event, from the first, until the run is over. A connection that breaks is made again."""
    stream = _Stream(client, f"/api/workflows/runs/{run_id}/stream")
    while True:
        try:
            answer = stream.connect()
            if answer.status == 204:
                return
            yield from stream.read(answer)
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.TimeoutError):
            pass  # what was missed is told when it comes back
        sleep(stream.retry)


class _Stream:
    def __init__(self, client: Client, path: str) -> None:
        self._client, self._path = client, path
        self._last_id = ""
        self.retry = _FIRST_RETRY

    def connect(self) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self._client.key}"}
        headers |= {"Last-Event-ID": self._last_id} if self._last_id else {}
        answer = urllib3.request(
            "GET",
            self._client.url + self._path,
            headers=headers,
            preload_content=False,
            retries=False,
            timeout=_READ_SECONDS,
        )
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(answer.data))
        return answer

    def read(self, answer: urllib3.BaseHTTPResponse) -> Iterator[Told]:
        fields: dict[str, str] = {}
        for line in _lines(answer):
            name, _, value = line.partition(": ")
            if name == "retry":
                self.retry = int(value) / 1000
            elif line and not line.startswith(":"):
                fields[name] = value
            elif "data" in fields:
                self._last_id = fields["id"]
                yield fields["event"], json.loads(fields["data"])
                fields = {}


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[str]:
    rest = b""
    for chunk in answer.stream(amt=None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in lines)
