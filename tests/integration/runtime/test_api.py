"""`api` under AWS's runtime: answers in the shape that API Gateway takes (HTTP API, payload 2.0)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parents[3] / "events" / "api"
Load = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def api(start: Any, aws: Any) -> Any:
    return start("api", aws.environment)


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_every_sample_is_answered_in_the_shape_of_api_gateway(api: Any, event: Load, name: str) -> None:
    for _ in range(2):
        answer = api.invoke(event(f"api/{name}"))
        assert set(answer) <= {"statusCode", "headers", "cookies", "body", "isBase64Encoded"}
        assert isinstance(answer["statusCode"], int)
        assert answer["statusCode"] < 500
        assert all(isinstance(value, str) for value in answer["headers"].values())
        assert answer["isBase64Encoded"] is False
        json.loads(answer["body"])


def test_a_request_without_a_key_is_told_how_to_authenticate(api: Any, event: Load) -> None:
    answer = api.invoke(event("api/list_workflows_without_key"))
    assert answer["statusCode"] == 401
    assert answer["headers"]["www-authenticate"].startswith("Bearer")
    assert answer["headers"]["content-type"] == "application/problem+json"


def test_health_needs_no_key(api: Any, event: Load) -> None:
    assert api.invoke(event("api/health"))["statusCode"] == 200


def test_a_path_that_does_not_exist_is_a_problem_document(api: Any, event: Load) -> None:
    request = event("api/list_workflows")
    request["rawPath"] = request["requestContext"]["http"]["path"] = "/api/nothing"
    answer = api.invoke(request)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["status"] == 404


def test_a_body_in_base64_is_read(api: Any, event: Load) -> None:
    request = event("api/create_workflow") | {"body": "e30=", "isBase64Encoded": True}
    answer = api.invoke(request)
    assert answer["statusCode"] == 422


def test_a_request_is_logged_with_one_line_and_without_its_key(api: Any, event: Load) -> None:
    before = len(api.logged())
    api.invoke(event("api/list_workflows"))
    lines = api.logged()[before:]
    assert len(lines) == 1
    assert "the-key-of-the-sample-events" not in api.log.read_text()


@pytest.mark.parametrize(
    ("name", "status"),
    [("list_workflows_of_a_browser", 200), ("deliver_webhook", 404), ("create_workflow_of_bytes", 400)],
)
def test_cookies_encoded_queries_and_bodies_of_bytes_are_read(api: Any, event: Load, name: str, status: int) -> None:
    answer = api.invoke(event(f"api/{name}"))
    assert answer["statusCode"] == status, answer["body"]
