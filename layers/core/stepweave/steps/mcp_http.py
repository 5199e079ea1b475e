"""An MCP server over streamable HTTP, through the guarded transport.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports: an answer is JSON, or a stream of events of
which one is the answer. The transport reads a stream to its end, which servers are to bring after the answer.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from stepweave.domain.json_value import parse_json
from stepweave.errors import StepError
from stepweave.steps.address import AllowedHosts
from stepweave.steps.mcp_session import Message
from stepweave.steps.sender import USER_AGENT, shown
from stepweave.steps.transport import Request, Response, Transport

_CLOSE_SECONDS = 5.0
_TRANSIENT = {429: "throttled", 408: "server_error"}


@dataclass
class HttpPeer:
    """The port `mcp_session.Peer`; `headers` are those that the agent declares."""

    server: str
    url: str
    headers: Mapping[str, str]
    bound_to: tuple[AllowedHosts, ...]
    transport: Transport
    _session: dict[str, str] = field(default_factory=dict)

    def ask(self, message: Message, timeout_seconds: float) -> Message:
        answer = self._post(message, timeout_seconds)
        if session := answer.headers.get("mcp-session-id"):
            self._session["Mcp-Session-Id"] = session
        for each in _messages(answer):
            if isinstance(each, Mapping) and each.get("id") == message["id"]:
                return each
        text = f"The MCP server '{self.server}' gave no answer."
        raise StepError("mcp_failed", text, details={"body": shown(answer)})

    def tell(self, message: Message, timeout_seconds: float) -> None:
        self._post(message, timeout_seconds)

    def agree(self, version: str) -> None:
        self._session["MCP-Protocol-Version"] = version

    def close(self) -> None:
        """Best effort: a server forgets a session by itself."""
        if "Mcp-Session-Id" in self._session:
            with suppress(StepError):
                self.transport.send(self._request("DELETE", None), _CLOSE_SECONDS)

    def _post(self, message: Message, timeout_seconds: float) -> Response:
        answer = self.transport.send(self._request("POST", json.dumps(message).encode()), timeout_seconds)
        if not 200 <= answer.status < 300:
            kind = _TRANSIENT.get(answer.status) or ("server_error" if answer.status >= 500 else "permanent")
            text = f"The MCP server '{self.server}' answered {answer.status}."
            details = {"status_code": answer.status, "body": shown(answer)}
            raise StepError("mcp_failed", text, kind=kind, details=details)
        return answer

    def _request(self, method: str, body: bytes | None) -> Request:
        own = {"User-Agent": USER_AGENT, "Accept": "application/json, text/event-stream"}
        if body is not None:
            own["Content-Type"] = "application/json"
        return Request(method, self.url, {**self.headers, **own, **self._session}, body, bound_to=self.bound_to)


def _messages(answer: Response) -> Iterator[Any]:
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        text = answer.body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        for event in text.split("\n\n"):
            lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
            yield from _parsed("\n".join(lines).encode())
        return
    for value in _parsed(answer.body):
        yield from value if isinstance(value, list) else [value]


def _parsed(data: bytes) -> Iterator[Any]:
    try:
        yield parse_json(data)
    except ValueError:
        return
