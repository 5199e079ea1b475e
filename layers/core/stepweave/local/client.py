"""A client of the API, as small as the commands need it."""

import json
from dataclasses import dataclass
from typing import Any

import urllib3


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: Any) -> None:
        detail = problem.get("detail", problem) if isinstance(problem, dict) else problem
        lines = [f"the API answered {status}: {detail}"]
        if isinstance(problem, dict):
            lines += [f"  {fault['path']}: {fault['message']}" for fault in problem.get("errors", [])]
        super().__init__("\n".join(lines))
        self.status = status


@dataclass(frozen=True)
class Client:
    url: str
    key: str

    def get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, json.dumps(body))

    def _send(self, method: str, path: str, body: str | None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        answer = urllib3.request(method, self.url + path, body=body, headers=headers, retries=False, timeout=30)
        content = answer.json()
        if answer.status >= 400:
            raise Refused(answer.status, content)
        return content
