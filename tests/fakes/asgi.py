"""Requests to an ASGI application, without a socket."""

import asyncio
import json
from typing import Any


async def call(
    app: Any, method: str, path: str, body: Any = None, key: str | None = None, **more: str
) -> tuple[int, Any]:
    """Status and parsed body of one request."""
    content = b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    headers = [(b"host", b"test"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    if key:
        headers.append((b"authorization", f"Bearer {key}".encode()))
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "server": ("test", 80),
        "client": ("test", 1),
    }
    sent: list[dict[str, Any]] = []
    pending = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return pending.pop(0) if pending else await asyncio.Future()  # the client waits for the answer

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    text = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(text) if text else None
