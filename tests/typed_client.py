"""A client of a surface, with types, generated from the OpenAPI document that the surface serves."""

import importlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import httpx

from served import Served


class TypedClient:
    """Calls operations by the names of their tags and their own; an answer that its document does not tell raises."""

    def __init__(self, served: Served, document: str, package: str, folder: Path) -> None:
        """folder: where the client is generated; package: a name that no other one has."""
        path = folder / f"{package}.json"
        path.write_text(httpx.get(f"{served.url}{document}").text, "utf-8")
        config = folder / "config.json"
        config.write_text('{"post_hooks": []}', "utf-8")
        made = ("--path", str(path), "--output-path", str(folder / package), "--meta", "none", "--config", str(config))
        command = [sys.executable, "-m", "openapi_python_client", "generate", *made]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        sys.path.insert(0, str(folder))
        self.package = package
        client = importlib.import_module(f"{package}.client").AuthenticatedClient
        self._client = client(served.url, served.key, raise_on_unexpected_status=True, timeout=httpx.Timeout(60))

    def __call__(self, operation: str, *path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """The typed answer, None where it has no body. operation: `workflows.put_workflow`; body: JSON, which the type
        of the operation's body takes."""
        module = importlib.import_module(f"{self.package}.api.{operation}")
        if body is not None:
            of_body = get_type_hints(module._get_kwargs, vars(module))["body"]
            more["body"] = (get_args(of_body) or (of_body,))[0].from_dict(body)
        answer = module.sync_detailed(*path, client=self._client, **more)
        assert answer.status_code == status, answer.content
        if answer.parsed is not None and hasattr(answer.parsed, "to_dict"):
            kept, sent = _plain(answer.parsed.to_dict()), _plain(json.loads(answer.content))
            assert kept == sent, (kept, sent)
        self.headers = answer.headers
        return answer.parsed

    def close(self) -> None:
        self._client.get_httpx_client().close()


def _plain(value: Any) -> Any:
    """The JSON value with its times as such: a client writes them in a form of its own."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case str():
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                return value
    return value
