"""The whole API in this process, on an embedded AWS."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stepweave.adapters.table import TABLE
from stepweave.bootstrap.api import build_api
from stepweave.local import keys
from stepweave.local.current import Function
from stepweave.local.embedded import EmbeddedAws, client
from stepweave.local.stack import BUCKET_NAME, TABLE_NAME, settings_of

STEP = {"id": "a", "type": "script", "config": {"language": "shell", "source": "true"}}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """Requests from any thread."""

    def __init__(self) -> None:
        self.app = build_api(settings_of(""))
        _, self.key = keys.new_key(keys.key_store(client("dynamodb"), TABLE_NAME), "test", "admin")

    def __call__(self, method: str, target: str, body: object = None, **headers: str) -> Answer:
        return asyncio.run(self._call(method, target, body, headers))

    async def _call(self, method: str, target: str, body: object, headers: dict[str, str]) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        path, _, query = target.partition("?")
        sent = {"authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): each for name, each in headers.items()
        }
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "server": ("test", 80),
        }
        answer = Answer(0, {}, b"")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer

    def create(self, name: str = "Flow", **members: Any) -> str:
        answer = self("POST", "/api/workflows", {"definition": definition(name), **members})
        assert answer.status == 201, answer.body
        return str(answer.json["id"])


def definition(name: str = "Flow", *steps: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "steps": [{**STEP, "id": each} for each in steps or ("a",)], **members}


@pytest.fixture
def api() -> Iterator[Api]:
    functions = {"stepweave-local-run-step": Function(lambda *_: None)}
    aws = EmbeddedAws(table=TABLE_NAME, table_shape=TABLE, bucket=BUCKET_NAME, functions=functions)
    try:
        yield Api()
    finally:
        aws.close()


@pytest.fixture
def make_definition() -> Any:
    return definition
