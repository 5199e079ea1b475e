import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from stepweave.errors import StepError
from stepweave.services.ports import Done, StepContext
from stepweave.steps.transport import Request, Response
from stepweave.steps.webhook import webhook

MakeContext = Callable[..., StepContext]
URL = "https://hooks.example/in"
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The secret of the published examples (https://github.com/standard-webhooks/standard-webhooks, `libraries`)."""
OTHER = f"whsec_{b64encode(bytes(range(32))).decode()}"


@dataclass
class FakeTransport:
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    error: StepError | None = None
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request, timeout_seconds: float) -> Response:
        self.sent.append(request)
        if self.error is not None:
            raise self.error
        return Response(self.status, self.headers, b"why", "https://hooks.example")


def sent(context: StepContext) -> Request:
    transport = FakeTransport()
    webhook(transport)(context)
    return transport.sent[0]


def failure(context: StepContext, transport: FakeTransport) -> StepError:
    with pytest.raises(StepError) as caught:
        webhook(transport)(context)
    return caught.value


def test_the_output_is_the_status_and_the_id_of_the_delivery(make_context: MakeContext) -> None:
    transport = FakeTransport(202)
    done = webhook(transport)(make_context({"url": URL, "payload": {"a": "ö"}}))
    request = transport.sent[0]
    assert done == Done({"status_code": 202, "delivery_id": request.headers["webhook-id"]})
    assert (request.method, request.url, request.body) == ("POST", URL, '{"a":"ö"}'.encode())
    assert request.headers["Content-Type"] == "application/json"
    assert "webhook-signature" not in request.headers
    assert request.follow is False


def test_a_signature_is_what_a_receiver_computes(make_context: MakeContext) -> None:
    from standardwebhooks import Webhook

    payload = {"type": "order.paid", "data": {"id": 7}}
    now = datetime.now(UTC)  # the library refuses what is older than five minutes
    request = sent(make_context({"url": URL, "payload": payload, "secret": KEY}, now=now))
    assert Webhook(KEY).verify(request.body or b"", dict(request.headers)) == payload


def test_the_published_vector_is_met(make_context: MakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    from stepweave.steps.webhook import _key, _signature

    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    assert _signature(_key(KEY, "/config/secret"), signed) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_sign(make_context: MakeContext) -> None:
    from standardwebhooks import Webhook

    context = make_context({"url": URL, "secret": OTHER, "previous_secret": KEY}, now=datetime.now(UTC))
    request = sent(context)
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (KEY, OTHER):
        assert Webhook(secret).verify(request.body or b"", dict(request.headers)) == {}


def test_a_repeat_has_the_same_id_and_a_time_and_signature_of_its_own(make_context: MakeContext) -> None:
    first = sent(make_context({"url": URL, "secret": KEY}))
    second = sent(make_context({"url": URL, "secret": KEY}, now=datetime(2026, 11, 2, 9, tzinfo=UTC), attempt=2))
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-id"].startswith("msg_")
    assert "." not in first.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 1800
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    other = sent(make_context({"url": URL}, idempotency_key="run_1:other"))
    assert other.headers["webhook-id"] != first.headers["webhook-id"]


@pytest.mark.parametrize("payload", [{}, {"payload": None}])
def test_no_payload_is_an_empty_object(make_context: MakeContext, payload: dict[str, Any]) -> None:
    assert sent(make_context({"url": URL, **payload})).body == b"{}"


@pytest.mark.parametrize("payload", [[1], "text", 0, False])
def test_any_other_json_is_sent_as_it_is(make_context: MakeContext, payload: Any) -> None:
    assert json.loads(sent(make_context({"url": URL, "payload": payload})).body or b"") == payload


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (100, "http_status", "server_error"),
        (301, "http_status", "server_error"),
        (400, "http_status", "server_error"),
        (404, "http_status", "server_error"),
        (429, "http_status", "throttled"),
        (500, "http_status", "server_error"),
        (410, "gone", "final"),
    ],
)
def test_only_2xx_accepts_a_delivery_and_410_ends_it(
    make_context: MakeContext, status: int, code: str, kind: str
) -> None:
    error = failure(make_context({"url": URL}), FakeTransport(status, {"retry-after": "90"}))
    assert (error.code, error.kind) == (code, kind)
    assert error.details["status_code"] == status
    assert error.details["body"] == "why"
    assert error.details["delivery_id"].startswith("msg_")
    assert error.retry_after == (None if status == 410 else 90)


def test_a_lost_connection_keeps_its_class_and_tells_the_delivery(make_context: MakeContext) -> None:
    lost = StepError("connection_failed", "lost", kind="connection", details={"request_sent": True})
    error = failure(make_context({"url": URL}), FakeTransport(error=lost))
    assert (error.code, error.kind) == ("connection_failed", "connection")
    assert set(error.details) == {"request_sent", "delivery_id"}


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"secret": "whsec_short"}, "/config/secret"),
        ({"secret": "whsec_" + b64encode(bytes(23)).decode()}, "/config/secret"),
        ({"secret": "whsec_" + b64encode(bytes(65)).decode()}, "/config/secret"),
        ({"secret": "not base64 at all!!"}, "/config/secret"),
        ({"secret": 5}, "/config/secret"),
        ({"secret": KEY, "previous_secret": "x"}, "/config/previous_secret"),
        ({"headers": {"Webhook-Id": "mine"}}, "/config/headers/Webhook-Id"),
        ({"headers": {"content-type": "text/plain"}}, "/config/headers"),
        ({"url": None}, "/config/url"),
    ],
)
def test_what_expressions_yielded_is_checked(make_context: MakeContext, config: dict[str, Any], path: str) -> None:
    error = failure(make_context({"url": URL, **config}), FakeTransport())
    assert (error.code, error.details["path"]) == ("invalid_config", path)
    assert "hunter" not in error.message


def test_a_request_stays_with_the_hosts_its_secrets_are_bound_to(make_context: MakeContext) -> None:
    [bound] = sent(make_context({"url": URL}, secret_hosts=(("hooks.example",),))).bound_to
    assert bound.admits("hooks.example", 443)
    assert not bound.admits("other.example", 443)


def test_a_binding_that_is_none_allows_nothing(make_context: MakeContext) -> None:
    error = failure(make_context({"url": URL}, secret_hosts=(("*.example",),)), FakeTransport())
    assert error.code == "secret_not_allowed"
