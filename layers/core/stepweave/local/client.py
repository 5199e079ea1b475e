"""A client of the API, as small as the commands need it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from stepweave.local.unusable import Unusable


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: Any) -> None:
        self.status, self.problem = status, problem
        super().__init__(self._told(lambda path: path or "/"))

    def within(self, place: Callable[[str], str]) -> "Refused":
        """The same, with the place of each fault told by `place`, which takes its JSON Pointer."""
        other = Refused(self.status, self.problem)
        other.args = (self._told(place),)
        return other

    def _told(self, place: Callable[[str], str]) -> str:
        if not isinstance(self.problem, dict):
            return f"the API answered {self.status}: {self.problem}"
        faults = [f"  {place(fault['path'])}: {fault['message']}" for fault in self.problem.get("errors", [])]
        return "\n".join([f"the API answered {self.status}: {self.problem.get('detail', self.problem)}", *faults])


class Unreachable(Unusable):
    """Nothing answers at the address."""

    def __init__(self, url: str, why: object) -> None:
        super().__init__(f"nothing answers at {url} ({why}). Is it the right address, and does `stepweave dev` run?")


_PATIENCE = 10
"""Times that a request over the limit of its key is sent again."""


@dataclass(frozen=True)
class Client:
    """`sleep` waits until a key that has sent too many requests may send another."""

    url: str
    key: str
    sleep: Callable[[float], None] = time.sleep

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON, None where it has no body."""
        content = self._send(method, path, None if body is None else json.dumps(body), headers)
        return json.loads(content) if content else None

    def text(self, path: str, media_type: str) -> str:
        """The answer as text of that media type."""
        return self._send("GET", path, None, {"Accept": media_type}).decode()

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str] | None = None) -> bytes:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **(headers or {})}
        for left in reversed(range(_PATIENCE + 1)):
            answer = self._once(method, path, body, sent)
            if answer.status < 400:
                return answer.data
            problem = _parsed(answer.data)
            if left == 0 or not _is_over_its_limit(problem):
                break
            self.sleep(float(answer.headers.get("Retry-After", "1")))
        raise Refused(answer.status, problem)

    def _once(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> urllib3.response.BaseHTTPResponse:
        try:
            return urllib3.request(method, self.url + path, body=body, headers=headers, retries=False, timeout=30)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.LocationValueError) as error:
            raise Unreachable(self.url, type(error).__name__) from error


def _is_over_its_limit(problem: Any) -> bool:
    """Whether nothing but the number of requests stands against this one."""
    return isinstance(problem, dict) and problem.get("code") == "rate_limited"


def _parsed(content: bytes) -> Any:
    """A problem, or whatever something between here and the service has answered."""
    try:
        return json.loads(content)
    except ValueError:
        return content[:500].decode(errors="replace")
