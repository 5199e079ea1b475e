import base64
import json

import pytest

from stepweave.api.lambda_handler import lambda_handler, request_log


@pytest.fixture
def invoke(app):
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    handler = lambda_handler(app)

    def send(method, path, *, body=None, query="", is_base64=False):
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"authorization": "Bearer sw_admin", "host": "api.example.com"},
            "requestContext": {"http": {"method": method, "path": path, "sourceIp": "192.0.2.1"}, "stage": "$default"},
            "body": body,
            "isBase64Encoded": is_base64,
        }
        return handler(event, None)

    yield send
    asyncio.set_event_loop(None)
    loop.close()


def test_an_event_of_api_gateway_becomes_a_request_and_its_answer(invoke):
    answer = invoke("POST", "/api/workflows", body=json.dumps({"definition": {"name": "x"}}))
    assert answer["statusCode"] == 201
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["location"] == "/api/workflows/" + json.loads(answer["body"])["id"]


def test_problems_are_answered_as_text(invoke):
    answer = invoke("GET", "/api/workflows", query="limit=0")
    assert answer["statusCode"] == 422
    assert answer["isBase64Encoded"] is False
    assert json.loads(answer["body"])["errors"][0]["path"] == "?limit"


def test_a_body_in_base64_is_read(invoke):
    body = base64.b64encode(b'{"definition": {"name": "x"}}').decode()
    answer = invoke("POST", "/api/workflows/validate", body=body, is_base64=True)
    assert json.loads(answer["body"])["valid"] is True


def test_the_page_and_the_document_are_answered_as_text(invoke):
    for path in ("/docs", "/openapi.json", "/health"):
        assert invoke("GET", path)["isBase64Encoded"] is False


def test_the_log_writes_a_line_of_json(capsys, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "stepweave-api")
    request_log().info("request", extra={"status": 200})
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["status"], line["service"]) == ("request", 200, "stepweave-api")
