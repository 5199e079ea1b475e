"""The examples of the pages on http_request and webhook, run as they are written."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepweave.compiler.expressions import render
from stepweave.services.ports import StepContext
from stepweave.steps.http_request import http_request
from stepweave.steps.transport import Request, Response
from stepweave.steps.webhook import webhook

DOCS = Path(__file__).parents[3] / "docs" / "steps"
SCOPE = {
    "input": {"team": "blue", "title": "Broken", "order": 7},
    "secrets": {"tickets_token": "t0ken", "shop_hook": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
}


class Taken:
    """Takes every request with 201."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def send(self, request: Request, timeout_seconds: float) -> Response:
        self.requests.append(request)
        return Response(201, {"content-type": "application/json"}, b'{"id": 1}', "https://taken.example")


@pytest.fixture
def example(make_context: Callable[..., StepContext]) -> Callable[[str], StepContext]:
    def read(page: str) -> StepContext:
        found = re.search(r"```json\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)
        assert found is not None
        config: Any = render(json.loads(found[1])["config"], SCOPE)
        return make_context(config)

    return read


def test_the_http_request_of_its_page(example: Callable[[str], StepContext]) -> None:
    server = Taken()
    done = http_request(server)(example("http_request"))
    assert done.output == {"status_code": 201, "headers": {"content-type": "application/json"}, "body": {"id": 1}}  # type: ignore[union-attr]
    [request] = server.requests
    assert (request.method, request.url) == ("POST", "https://api.example.com/tickets?notify=true")
    assert (request.headers["X-Team"], request.headers["Authorization"]) == ("blue", "Bearer t0ken")
    assert json.loads(request.body or b"") == {"title": "Broken"}


def test_the_webhook_of_its_page(example: Callable[[str], StepContext]) -> None:
    server = Taken()
    done = webhook(server)(example("webhook"))
    [request] = server.requests
    assert done.output == {"status_code": 201, "delivery_id": request.headers["webhook-id"]}  # type: ignore[union-attr]
    assert json.loads(request.body or b"") == {"type": "order.paid", "data": {"order": 7}}
    assert request.headers["webhook-signature"].startswith("v1,")
