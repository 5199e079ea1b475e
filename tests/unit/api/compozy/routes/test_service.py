"""What the service tells of itself, and inbound webhooks."""

import pytest

from stepweave.api.compozy.routes.hooks import received
from stepweave.domain.secret import Secret
from stepweave.services.hooks import Received


def test_health_needs_no_key(call):
    answer = call("GET", "/api/v0/health", key=None)
    assert (answer.status, answer.json["data"]["status"], answer.json["data"]["ready"]) == (200, "healthy", True)
    assert answer.json["message"] == "Success"


def test_the_root_says_what_answers(call):
    assert call("GET", "/api/v0", key="sw_reader").json["data"]["name"] == "Stepweave"
    assert call("GET", "/api/v0", key=None).json["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("path", ["/metrics", "/api/v0/metrics"])
def test_metrics_are_text_for_prometheus(call, path):
    answer = call("GET", path, key="sw_reader")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    assert 'stepweave_workflows{status="active"} 2' in lines
    assert "stepweave_runs_active 3" in lines
    assert "# TYPE stepweave_runs_active gauge" in lines
    assert answer.body.endswith(b"\n")
    assert call("GET", path, key=None).status == 401


@pytest.fixture
def hook(service):
    def stands(**more):
        service.triggers.stands({"type": "webhook", "slug": "Orders", **more})

    return stands


def test_a_delivery_is_accepted_with_the_name_of_its_event(call, hook, service):
    hook(name="paid")
    answer = call("POST", "/api/v0/hooks/orders", key=None, json={"n": 1})
    assert (answer.status, answer.json) == (
        202,
        {"data": {"status": "accepted", "event": "paid"}, "message": "Success"},
    )
    assert answer.headers["location"].startswith("/api/v0/executions/workflows/run_")
    assert [asked.input_data for _, asked in service.triggers.started] == [{"n": 1}]


def test_an_event_without_a_name_is_called_as_its_hook(call, hook):
    hook()
    assert call("POST", "/api/v0/hooks/orders", json={}).json["data"]["event"] == "Orders"


def test_a_delivery_that_no_event_takes_is_told_so(call, hook, service):
    hook(filter="body.n > 1")
    answer = call("POST", "/api/v0/hooks/orders", json={"n": 1})
    assert (answer.status, answer.json["data"]) == (200, {"status": "no_matching_event"})
    assert not service.triggers.started


def test_of_several_events_the_one_that_takes_the_delivery_is_named(call, hook, service):
    paid = {"name": "paid", "filter": "body.type = 'paid'", "input": {"id": "{{ body.id }}"}}
    hook(events=[paid, {"name": "sent", "filter": "body.type = 'sent'"}])
    answers = [call("POST", "/api/v0/hooks/orders", json={"type": each, "id": 1}) for each in ("paid", "sent", "lost")]
    assert [each.status for each in answers] == [202, 202, 200]
    assert [each.json["data"].get("event") for each in answers] == ["paid", "sent", None]
    assert [asked.input_data for _, asked in service.triggers.started] == [{"id": 1}, {"type": "sent", "id": 1}]


def test_slacks_question_is_answered():
    assert received(Received(challenge="x")).body == b'{"challenge":"x"}'


def test_errors_are_bare(call, hook):
    hook(schema={"type": "object", "required": ["id"]}, dedupe="body.key")
    unknown = call("POST", "/api/v0/hooks/nothing", json={})
    assert (unknown.status, set(unknown.json)) == (404, {"error", "details"})
    misfit = call("POST", "/api/v0/hooks/orders", json={})
    assert (misfit.status, "'id'" in misfit.json["details"]) == (422, True)
    for body in (b"{", b"", b"[]", b"null", b'"text"'):
        assert call("POST", "/api/v0/hooks/orders", body=body).status == 400
    sent = {"id": 1, "key": "k"}
    assert [call("POST", "/api/v0/hooks/orders", json=sent).status for _ in range(2)] == [202, 409]
    large = call("POST", "/api/v0/hooks/orders", body=b" " * (1024 * 1024 + 1))
    assert (large.status, set(large.json)) == (413, {"error", "details"})


def test_a_signature_that_is_not_good_is_401(call, hook, service):
    service.triggers.secrets.kept["S"] = Secret("whsec")
    hook(verify={"strategy": "hmac", "secret": "{{ secrets.S }}", "header": "X-Sig"})
    answer = call("POST", "/api/v0/hooks/orders", json={}, headers={"x-sig": "0"})
    assert (answer.status, set(answer.json)) == (401, {"error", "details"})
