import asyncio

import pytest
from starlette.requests import Request

from stepweave.api.outcomes import Outcomes
from stepweave.api.problems import respond
from stepweave.errors import Unavailable


def test_one_line_tells_the_outcome_of_a_request(call, log):
    call("GET", "/api/workflows/wf_1?token=hush", key="sw_reader", headers={"x-request-id": "abc-1"})
    assert log.lines == [
        (
            "info",
            "request",
            {
                "method": "GET",
                "route": "/api/workflows/{workflow_id}",
                "status": 404,
                "duration_ms": 125.0,
                "request_id": "abc-1",
                "key_id": "key_sw_reader",
                "code": "workflow_not_found",
            },
        )
    ]


def test_a_line_holds_no_payload_and_no_key(call, log):
    call("POST", "/api/workflows?q=canary-query", json={"definition": {"name": "canary-body"}}, key="sw_writer")
    call("POST", "/api/workflows", json={"canary": 1}, key="sw_canary")
    assert len(log.lines) == 2
    assert "canary" not in str(log.lines)


def test_an_unexpected_failure_shows_nothing_and_is_logged_once(call, service, log):
    service.failure = RuntimeError("password=hunter2")
    answer = call("GET", "/api/workflows")
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "internal"
    assert answer.headers["x-request-id"] in answer.json["detail"]
    assert b"hunter2" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert [(level, extra["status"]) for level, _, extra in log.lines] == [("exception", 500)]


def test_a_line_names_what_made_a_dependency_unavailable(call, service, log):
    service.failure = Unavailable("DynamoDB")
    service.failure.__cause__ = TimeoutError("secret detail")
    call("GET", "/api/workflows")
    assert log.lines[0][2]["cause"] == "TimeoutError"
    assert "secret" not in str(log.lines)


def test_every_answer_carries_the_request_id_of_its_line(call, log):
    for method, path in [("GET", "/health"), ("GET", "/nothing"), ("POST", "/health"), ("GET", "/api/workflows")]:
        answer = call(method, path, key=None)
        assert answer.headers["x-request-id"] == log.lines[-1][2]["request_id"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_request_that_no_route_took_has_no_route_in_its_line(call, log):
    call("GET", "/wp-admin", key=None)
    assert "route" not in log.lines[0][2]


def run(app, log, receive=None):
    sent = []

    async def send(message):
        sent.append(message)

    async def nothing():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/api/workflows", "headers": []}
    asyncio.run(Outcomes(app, respond, lambda prefix: f"{prefix}_1", log, lambda: 0.0)(scope, receive or nothing, send))
    return sent


def test_an_answer_that_broke_off_is_logged_and_not_begun_again(log):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        run(app, log)
    assert [(level, msg) for level, msg, _ in log.lines] == [("exception", "answer broken off")]


def test_a_client_that_leaves_is_no_failure(log):
    async def app(scope, receive, _send):
        await Request(scope, receive).body()

    assert run(app, log) == []
    assert [(level, msg) for level, msg, _ in log.lines] == [("info", "client left")]


def test_other_protocols_pass_through(log):
    seen = []

    async def app(scope, _receive, _send):
        seen.append(scope["type"])

    asyncio.run(Outcomes(app, respond, str, log, lambda: 0.0)({"type": "lifespan"}, None, None))
    assert (seen, log.lines) == (["lifespan"], [])
