"""A server that speaks what models, their tools and MCP servers speak on the wire, and says what it was told to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[Mapping[str, Any]], Any]
"""From the request's body to what is answered: a JSON value, or `Raw`."""


class Raw:
    """An answer as it is on the wire; `after`: what it waits for first."""

    def __init__(
        self,
        body: bytes | str,
        status: int = 200,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        after: threading.Event | None = None,
    ) -> None:
        self.body = body.encode() if isinstance(body, str) else body
        self.status, self.content_type, self.headers, self.after = status, content_type, headers or {}, after


class ModelServer(ThreadingHTTPServer):
    """`script`: what chat completions and Converse answer, in order, the last for ever. `got`: every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[Any] = []
        self.tools: dict[str, Answer] = {}
        self.got: list[tuple[str, str, Mapping[str, str], Any]] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def says(self, *answers: Any) -> None:
        self.script, self.got = list(answers), []

    def asked(self, path: str = "/v1/chat/completions") -> list[Any]:
        return [body for _, at, _, body in self.got if at == path]

    def answer_to(self, path: str, body: Any) -> Any:
        if path in self.tools:
            return self.tools[path](body)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(data) if data else None
        path = self.path.partition("?")[0]
        self.server.got.append((self.command, self.path, dict(self.headers.items()), body))
        answer = self.server.answer_to(path, body)
        raw = answer if isinstance(answer, Raw) else Raw(json.dumps(answer))
        if raw.after is not None:
            raw.after.wait(20)
        try:
            self.send_response(raw.status)
            for name, value in {"content-type": raw.content_type, **raw.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw.body)))
            self.end_headers()
            self.wfile.write(raw.body)
        except OSError:
            self.close_connection = True  # who asked has gone

    do_GET = do_DELETE = do_PUT = do_POST  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """Tests read `got` instead."""


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def said(text: str, finish: str = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion (OpenAI API reference)."""
    return _completion({"role": "assistant", "content": text, **more}, finish)


def calls(*wanted: tuple[str, Any], text: str | None = None) -> dict[str, Any]:
    """A chat completion that calls tools."""
    tool_calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(wanted)
    ]
    return _completion({"role": "assistant", "content": text, "tool_calls": tool_calls}, "tool_calls")


def _completion(message: Mapping[str, Any], finish: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_770_000_000,
        "model": "m-1",
        "choices": [{"index": 0, "message": dict(message), "finish_reason": finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
    }


def mcp(tools: Mapping[str, Callable[[Any], Any]], *, events: bool = False) -> Answer:
    """An MCP server of tools, in JSON or in streams of events, with a session."""

    def answer(message: Any) -> Raw:
        if message is None:
            return Raw("", 204)
        if "id" not in message:
            return Raw("", 202)
        body = {"jsonrpc": "2.0", "id": message["id"], **_mcp_result(tools, message)}
        session = {"Mcp-Session-Id": "s-1"} if message["method"] == "initialize" else {}
        if events:
            note = json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
            text = f"event: message\r\ndata: {note}\r\n\r\n: ping\n\ndata: {json.dumps(body)}\n\n"
            return Raw(text, content_type="text/event-stream", headers=session)
        return Raw(json.dumps(body), headers=session)

    return answer


def _mcp_result(tools: Mapping[str, Callable[[Any], Any]], message: Mapping[str, Any]) -> dict[str, Any]:
    match message["method"]:
        case "initialize":
            info = {"name": "fake", "version": "1"}
            return {"result": {"protocolVersion": "2025-03-26", "capabilities": {"tools": {}}, "serverInfo": info}}
        case "tools/list":
            names = list(tools)
            after = message["params"].get("cursor")
            name = names[names.index(after) + 1] if after else names[0]
            last = name == names[-1]
            listed = [{"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object"}}]
            return {"result": {"tools": listed, **({} if last else {"nextCursor": name})}}
        case "tools/call":
            return dict(tools[message["params"]["name"]](message["params"]["arguments"]))
        case other:
            return {"error": {"code": -32601, "message": f"no {other}"}}
