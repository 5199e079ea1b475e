import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from stepweave import __version__
from stepweave.errors import StepError
from stepweave.services.ports import Done, StepContext
from stepweave.steps.http_request import http_request
from stepweave.steps.transport import Request, Response

MakeContext = Callable[..., StepContext]
URL = "https://api.example/things"


@dataclass
class FakeTransport:
    """Gives the next of its answers; the last one again and again."""

    answers: list[Response | StepError]
    sent: list[Request] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def send(self, request: Request, timeout_seconds: float) -> Response:
        self.sent.append(request)
        self.seconds.append(timeout_seconds)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, StepError):
            raise answer
        return answer


def answer(status: int = 200, body: bytes = b'{"ok":true}', **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, body, "https://api.example")


def sent(context: StepContext) -> Request:
    transport = FakeTransport([answer()])
    http_request(transport)(context)
    return transport.sent[0]


def failure(context: StepContext, reply: Response | StepError) -> StepError:
    with pytest.raises(StepError) as caught:
        http_request(FakeTransport([reply]))(context)
    return caught.value


def test_the_output_is_status_headers_and_body(make_context: MakeContext) -> None:
    done = http_request(FakeTransport([answer(201)]))(make_context({"url": URL}))
    assert done == Done({"status_code": 201, "headers": {"content-type": "application/json"}, "body": {"ok": True}})


def test_a_plain_request_is_a_get_that_says_who_asks(make_context: MakeContext) -> None:
    request = sent(make_context({"url": URL}))
    assert (request.method, request.url, request.body) == ("GET", URL, None)
    assert request.headers["User-Agent"] == f"stepweave/{__version__}"
    assert "Idempotency-Key" not in request.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_request_that_changes_something_carries_the_idempotency_key(make_context: MakeContext, method: str) -> None:
    assert sent(make_context({"url": URL, "method": method})).headers["Idempotency-Key"] == "run_1:work"


def test_headers_of_the_user_win_whatever_their_case(make_context: MakeContext) -> None:
    headers = {"idempotency-key": "mine", "USER-AGENT": "me", "content-type": "application/x-thing", "X-Count": 5}
    request = sent(make_context({"url": URL, "method": "POST", "json": {}, "headers": headers}))
    assert request.headers == {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "idempotency-key": "mine",
        "USER-AGENT": "me",
        "content-type": "application/x-thing",
        "X-Count": "5",
    }


def test_a_query_takes_lists_and_leaves_null_out(make_context: MakeContext) -> None:
    request = sent(make_context({"url": f"{URL}?a=0", "query": {"b": [1, "x y"], "c": None, "d": True, "e": []}}))
    assert request.url == f"{URL}?a=0&b=1&b=x+y&d=true"


@pytest.mark.parametrize(
    ("config", "body", "content_type"),
    [
        ({"json": {"ö": [1, None]}}, '{"ö":[1,null]}'.encode(), "application/json"),
        ({"json": None}, b"null", "application/json"),
        ({"form": {"a": "x y", "b": [1, 2], "c": 3}}, b"a=x+y&b=1&b=2&c=3", "application/x-www-form-urlencoded"),
        ({"body": "ö"}, "ö".encode(), "text/plain; charset=utf-8"),
        ({"body": ""}, b"", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_is_sent_with_its_type(
    make_context: MakeContext, config: dict[str, Any], body: bytes, content_type: str
) -> None:
    request = sent(make_context({"url": URL, "method": "POST", **config}))
    assert (request.body, request.headers["Content-Type"]) == (body, content_type)


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"type": "bearer", "token": "t"}, ("Authorization", "Bearer t")),
        ({"type": "basic", "username": "ü", "password": "p:w"}, ("Authorization", "Basic w7w6cDp3")),
        ({"type": "header", "name": "X-Key", "value": "v"}, ("X-Key", "v")),
    ],
)
def test_auth_becomes_a_header(make_context: MakeContext, auth: dict[str, str], header: tuple[str, str]) -> None:
    assert header in sent(make_context({"url": URL, "auth": auth})).headers.items()


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"url": 5}, "/config/url"),
        ({"url": None}, "/config/url"),
        ({"method": "get"}, "/config/method"),
        ({"method": "CONNECT"}, "/config/method"),
        ({"headers": []}, "/config/headers"),
        ({"headers": {"X": None}}, "/config/headers/X"),
        ({"headers": {"X": {}}}, "/config/headers/X"),
        ({"query": "a=b"}, "/config/query"),
        ({"query": {"a": {}}}, "/config/query/a"),
        ({"query": {"a": [None]}}, "/config/query/a/0"),
        ({"body": {"a": 1}}, "/config/body"),
        ({"form": [1]}, "/config/form"),
        ({"form": {"a": {}}}, "/config/form/a"),
        ({"form": {"a": [{}]}}, "/config/form/a/0"),
        ({"auth": "Bearer x"}, "/config/auth"),
        ({"auth": {"type": "digest"}}, "/config/auth/type"),
        ({"auth": {"type": "bearer", "token": None}}, "/config/auth/token"),
        (
            {"auth": {"type": "oauth2", "token_url": URL, "client_id": "i", "client_secret": 5}},
            "/config/auth/client_secret",
        ),
        ({"expect_status": "2xx"}, "/config/expect_status"),
        ({"url": URL + "/\udcff"}, "/config/url"),
        ({"headers": {"X": "\ud800"}}, "/config/headers/X"),
        ({"headers": {"X\ud800": "x"}}, "/config/headers/X\ufffd"),
        ({"query": {"a": ["b", "\ud800"]}}, "/config/query/a/1"),
        ({"body": "\ud800"}, "/config/body"),
        ({"json": {"a": [1, "\ud800"]}}, "/config/json/a/1"),
        ({"form": {"a": "\ud800"}}, "/config/form/a"),
        ({"auth": {"type": "basic", "username": "\ud800", "password": ""}}, "/config/auth/username"),
        ({"json": float("nan")}, "/config"),
        ({"expect_status": [200, "x"]}, "/config/expect_status"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_its_place_before_anything_is_sent(
    make_context: MakeContext, changed: dict[str, Any], path: str
) -> None:
    transport = FakeTransport([answer()])
    with pytest.raises(StepError) as caught:
        http_request(transport)(make_context({"url": URL, **changed}))
    assert (caught.value.code, caught.value.details["path"]) == ("invalid_config", path)
    assert transport.sent == []


@pytest.mark.parametrize(
    ("expected", "status", "passes"),
    [
        (None, 399, True),
        (None, 400, False),
        (404, 404, True),
        (404, 200, False),
        ([200, 404], 404, True),
        ([201], 200, False),
    ],
)
def test_the_expected_status_decides(make_context: MakeContext, expected: Any, status: int, passes: bool) -> None:
    context = make_context({"url": URL, "expect_status": expected})
    if passes:
        assert isinstance(http_request(FakeTransport([answer(status)]))(context), Done)
    else:
        assert failure(context, answer(status)).code == "http_status"


def test_an_unexpected_answer_is_shown_in_part(make_context: MakeContext) -> None:
    error = failure(make_context({"url": URL}), answer(400, json.dumps("x" * 5_000).encode()))
    assert error.details == {"status_code": 400, "body": "x" * 2_000}


def test_the_message_does_not_repeat_the_path_which_may_hold_a_secret(make_context: MakeContext) -> None:
    error = failure(make_context({"url": "https://api.example/hooks/s3cret?key=s3cret"}), answer(500))
    assert "s3cret" not in error.message


@pytest.mark.parametrize(
    ("method", "status", "headers", "kind"),
    [
        ("GET", 400, {}, "permanent"),
        ("GET", 404, {}, "permanent"),
        ("GET", 408, {}, "server_error"),
        ("GET", 425, {}, "server_error"),
        ("GET", 429, {}, "throttled"),
        ("GET", 500, {}, "server_error"),
        ("GET", 503, {}, "server_error"),
        ("PUT", 500, {}, "server_error"),
        ("DELETE", 502, {}, "server_error"),
        ("POST", 408, {}, "permanent"),
        ("POST", 425, {}, "server_error"),
        ("POST", 429, {}, "throttled"),
        ("POST", 500, {}, "permanent"),
        ("POST", 503, {}, "permanent"),
        ("POST", 503, {"retry_after": "1"}, "server_error"),
        ("PATCH", 502, {"retry_after": "1"}, "permanent"),
    ],
)
def test_the_retry_class_says_whether_sending_again_can_do_harm(
    make_context: MakeContext, method: str, status: int, headers: dict[str, str], kind: str
) -> None:
    assert failure(make_context({"url": URL, "method": method}), answer(status, **headers)).kind == kind


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 02 Nov 2026 08:31:30 GMT", 90.0),
        ("Mon, 02 Nov 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("99999999999999999", 86_400.0),
        ("9" * 400, 86_400.0),
        ("9" * 5_000, 86_400.0),
        ("Mon, 02 Nov 9999 08:31:30 GMT", 86_400.0),
        ("Mon, 02 Nov 2026 08:31:30 +99999999999999999", None),
        ("Mon, 02 Nov 99999999999999999999 08:31:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(make_context: MakeContext, text: str, seconds: float | None) -> None:
    assert failure(make_context({"url": URL}), answer(503, retry_after=text)).retry_after == seconds


@pytest.mark.parametrize(
    ("method", "was_sent", "kind"),
    [
        ("GET", True, "connection"),
        ("PUT", True, "connection"),
        ("POST", True, "permanent"),
        ("POST", False, "connection"),
    ],
)
def test_a_lost_connection_is_retried_unless_the_request_may_have_been_acted_on(
    make_context: MakeContext, method: str, was_sent: bool, kind: str
) -> None:
    lost = StepError("connection_failed", "lost", kind="connection", details={"request_sent": was_sent})
    assert failure(make_context({"url": URL, "method": method}), lost).kind == kind


OAUTH2 = {
    "type": "oauth2",
    "token_url": "https://id.example/token",
    "client_id": "i d",
    "client_secret": "s",
    "scope": "a",
}


def token(text: str = "t1", seconds: Any = 3600) -> Response:
    return answer(body=json.dumps({"access_token": text, "expires_in": seconds}).encode())


def test_a_token_is_fetched_with_the_clients_credentials(make_context: MakeContext) -> None:
    transport = FakeTransport([token(), answer()])
    http_request(transport)(make_context({"url": URL, "auth": OAUTH2}))
    fetch, request = transport.sent
    assert (fetch.method, fetch.url) == ("POST", "https://id.example/token")
    assert fetch.body == b"grant_type=client_credentials&scope=a"
    assert fetch.headers["Authorization"] == "Basic aStkOnM="
    assert request.headers["Authorization"] == "Bearer t1"


def test_a_token_is_kept_until_shortly_before_its_end(make_context: MakeContext) -> None:
    now = [0.0]
    transport = FakeTransport([token("t1", 100), answer(), answer(), token("t2", 100), answer()])
    request = http_request(transport, monotonic=lambda: now[0])
    for now[0] in (0.0, 69.0, 70.0):
        request(make_context({"url": URL, "auth": OAUTH2}))
    used = [one.headers["Authorization"] for one in transport.sent if one.url == URL]
    assert used == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_token_of_other_credentials_is_not_used(make_context: MakeContext) -> None:
    transport = FakeTransport([token("t1"), answer(), token("t2"), answer()])
    request = http_request(transport)
    request(make_context({"url": URL, "auth": OAUTH2}))
    request(make_context({"url": URL, "auth": {**OAUTH2, "client_secret": "other"}}))
    assert transport.sent[3].headers["Authorization"] == "Bearer t2"


def test_a_kept_token_that_is_refused_is_replaced_once(make_context: MakeContext) -> None:
    transport = FakeTransport([token("t1"), answer(), answer(401), token("t2"), answer()])
    request = http_request(transport)
    for _ in range(2):
        request(make_context({"url": URL, "auth": OAUTH2}))
    assert transport.sent[-1].headers["Authorization"] == "Bearer t2"


def test_a_new_token_that_is_refused_is_not_replaced(make_context: MakeContext) -> None:
    transport = FakeTransport([token("t1"), answer(401)])
    with pytest.raises(StepError, match="401"):
        http_request(transport)(make_context({"url": URL, "auth": OAUTH2}))
    assert len(transport.sent) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(401), "permanent"),
        (answer(429), "throttled"),
        (answer(503), "server_error"),
        (answer(408), "server_error"),
        (answer(425), "server_error"),
        (answer(200, b"<html>"), "permanent"),
        (answer(200, b"[]"), "permanent"),
        (answer(200, b'{"access_token": 5}'), "permanent"),
        (answer(200, b'{"access_token": "t", "expires_in": "x"}'), "permanent"),
        (answer(200, b'{"access_token": "t", "expires_in": 1e999}'), "permanent"),
        (answer(200, b'{"access_token": "t", "expires_in": %s}' % (b"9" * 400)), "permanent"),
    ],
)
def test_a_token_that_is_not_given_fails_the_step(make_context: MakeContext, reply: Response, kind: str) -> None:
    error = failure(make_context({"url": URL, "auth": OAUTH2}), reply)
    assert (error.code, error.kind) == ("oauth2_failed", kind)


def test_who_gives_tokens_may_ask_for_a_pause(make_context: MakeContext) -> None:
    error = failure(make_context({"url": URL, "auth": OAUTH2}), answer(429, retry_after="7"))
    assert (error.kind, error.retry_after) == ("throttled", 7.0)


def test_a_request_without_a_token_was_not_sent_so_that_any_is_tried_again(make_context: MakeContext) -> None:
    lost = StepError("timeout", "No answer.", kind="timeout", details={"request_sent": True})
    error = failure(make_context({"url": URL, "method": "POST", "auth": OAUTH2}), lost)
    assert (error.kind, error.details["request_sent"]) == ("timeout", False)


@pytest.mark.parametrize("seconds", ["1e999", 10**300])
def test_a_token_is_kept_for_a_day_at_most(make_context: MakeContext, seconds: Any) -> None:
    now = [0.0]
    transport = FakeTransport([token("t1", seconds), answer(), token("t2"), answer()])
    request = http_request(transport, monotonic=lambda: now[0])
    for now[0] in (0.0, 86_400.0):
        request(make_context({"url": URL, "auth": OAUTH2}))
    assert transport.sent[-1].headers["Authorization"] == "Bearer t2"


def test_bytes_are_sent_as_an_answer_has_them(make_context: MakeContext) -> None:
    request = sent(make_context({"url": URL, "method": "PUT", "body": {"base64": "AP8="}}))
    assert (request.body, request.headers["Content-Type"]) == (b"\x00\xff", "application/octet-stream")


def test_a_multipart_body_names_its_boundary(make_context: MakeContext) -> None:
    request = sent(make_context({"url": URL, "method": "POST", "multipart": {"a": "b"}}))
    boundary = request.headers["Content-Type"].partition("boundary=")[2].encode()
    assert (request.body or b"").startswith(b"--" + boundary)


def test_times_to_connect_and_of_silence_are_the_transports(make_context: MakeContext) -> None:
    request = sent(make_context({"url": URL, "connect_timeout_seconds": 2, "read_timeout_seconds": 0.5}))
    assert (request.connect_seconds, request.read_seconds) == (2.0, 0.5)
    plain = sent(make_context({"url": URL}))
    assert (plain.connect_seconds, plain.read_seconds) == (10.0, None)


@pytest.mark.parametrize("seconds", [0, -1, 841, "2", True, []])
def test_other_times_are_refused(make_context: MakeContext, seconds: Any) -> None:
    error = failure(make_context({"url": URL, "read_timeout_seconds": seconds}), answer())
    assert (error.code, error.details["path"]) == ("invalid_config", "/config/read_timeout_seconds")


def test_requests_stay_with_the_hosts_that_secrets_are_bound_to_the_one_for_a_token_too(
    make_context: MakeContext,
) -> None:
    auth = {"type": "oauth2", "token_url": "https://login.example/t", "client_id": "c", "client_secret": "s"}
    transport = FakeTransport([answer(body=b'{"access_token": "token-1"}'), answer()])
    concealed: list[str] = []
    context = make_context({"url": URL, "auth": auth}, secret_hosts=(("api.example",),), conceal=concealed.append)
    http_request(transport)(context)
    assert [request.bound_to[0].admits("api.example", 443) for request in transport.sent] == [True, True]
    assert [request.method for request in transport.sent] == ["POST", "GET"]
    assert concealed == ["token-1"]


@pytest.mark.parametrize(
    ("method", "stops"), [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)]
)
def test_a_cancel_stops_what_may_be_sent_again(make_context: MakeContext, method: str, stops: bool) -> None:
    request = sent(make_context({"url": URL, "method": method}, stopped=lambda: True))
    assert (request.stopped is not None) == stops
