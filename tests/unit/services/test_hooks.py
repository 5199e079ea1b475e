import hashlib
import hmac
import json

import pytest

from fakes.triggers import TriggerStage, not_runnable
from stepweave.domain.secret import Secret
from stepweave.errors import (
    BadRequest,
    Conflict,
    DuplicateDelivery,
    Fault,
    Invalid,
    NotFound,
    StepError,
    Unauthenticated,
    Unavailable,
)
from stepweave.services.hooks import Delivery, Received, receive

HOOK = {"type": "webhook", "slug": "orders"}
SECRETS = {"strategy": "github", "secret": "{{ secrets.new }}", "previous_secret": "{{ secrets.old }}"}


@pytest.fixture
def stage():
    return TriggerStage()


def delivered(stage, body, headers=None, query=None, *, slug="orders", secret=""):
    raw = json.dumps(body).encode()
    headers = dict(headers or {})
    if secret:
        headers["x-hub-signature-256"] = f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"
    return receive(slug, Delivery(headers, query or {}, raw, lambda: json.loads(raw)), stage.secrets, stage.triggered)


def test_a_delivery_starts_the_workflow_with_its_body_as_input(stage):
    stage.stands(HOOK)
    assert delivered(stage, {"n": 1}, slug="Orders") == Received("run_1", "orders")
    [(workflow_id, started)] = stage.started
    assert (workflow_id, started.input_data, started.trigger, started.labels) == (
        "wf_1",
        {"n": 1},
        "webhook",
        {"hook": "orders"},
    )
    delivered(stage, [1, 2])
    assert stage.started[1][1].input_data == {"body": [1, 2]}


def test_filter_and_input_read_headers_body_and_query(stage):
    hook = {"filter": "headers.`x-kind` = 'order' and body.n > 1", "input": {"n": "{{ body.n }}", "q": "{{ query.q }}"}}
    stage.stands(HOOK | hook)
    assert delivered(stage, {"n": 1}, {"x-kind": "order"}) == Received()
    assert delivered(stage, {}, {}) == Received()
    assert delivered(stage, {"n": 2}, {"x-kind": "order"}, {"q": "x"}).run_id == "run_1"
    assert [started.input_data for _, started in stage.started] == [{"n": 2, "q": "x"}]


def test_members_that_are_null_are_as_if_they_were_not_there(stage):
    members = dict.fromkeys(("name", "filter", "input", "schema"))
    stage.stands(HOOK | members | {"dedupe": None})
    assert delivered(stage, {"n": 1}) == Received("run_1", "orders")
    stage.stands(HOOK | {"events": [members | {"name": "any"}]})
    assert delivered(stage, {"n": 1}).event == "any"
    assert [each.input_data for _, each in stage.started] == [{"n": 1}] * 2
    stage.stands(HOOK | {"verify": SECRETS | {"previous_secret": None}})
    stage.secrets.kept = {"new": Secret("n" * 20)}
    assert delivered(stage, {}, secret="n" * 20).run_id


def test_headers_that_carry_credentials_are_seen_by_no_expression(stage):
    stage.stands(HOOK | {"input": {"seen": "{{ $keys(headers) }}"}})
    delivered(stage, {}, {"authorization": "Bearer x", "cookie": "a=b", "x-a": "1", "x-b": "2"})
    assert stage.started[0][1].input_data == {"seen": ["x-a", "x-b"]}


@pytest.mark.parametrize(
    ("hook", "body"),
    [
        ({"input": {"n": "{{ body.missing }}"}}, {}),
        ({"filter": "body.n + 'x'"}, {"n": 1}),
        ({"schema": {"required": ["n"]}}, {}),
        ({"schema": {"properties": {"n": {"type": "integer"}}}}, {"n": "one"}),
    ],
)
def test_what_no_run_can_take_is_invalid(stage, hook, body):
    stage.stands(HOOK | hook)
    with pytest.raises(Invalid):
        delivered(stage, body)
    assert stage.started == []


def test_the_place_of_a_fault_is_told(stage):
    stage.stands(HOOK | {"schema": {"properties": {"n": {"type": "integer"}}}})
    with pytest.raises(Invalid) as caught:
        delivered(stage, {"n": "one"})
    assert caught.value.faults == (Fault("/n", "'one' is not of type 'integer'"),)


def test_a_slug_that_no_definition_has_is_not_found(stage):
    stage.stands(HOOK)
    with pytest.raises(NotFound):
        delivered(stage, {}, slug="other")
    stage.workflows.versions["wf_1", 1].definition["triggers"].clear()
    with pytest.raises(NotFound):
        delivered(stage, {})


def test_either_secret_signs_and_nothing_else(stage):
    stage.stands(HOOK | {"verify": SECRETS})
    stage.secrets.kept = {"new": Secret("n" * 20), "old": Secret("o" * 20)}
    assert delivered(stage, {}, secret="n" * 20).run_id
    assert delivered(stage, {}, secret="o" * 20).run_id
    for secret in ("", "x"):
        with pytest.raises(Unauthenticated):
            delivered(stage, {}, secret=secret)
    del stage.secrets.kept["old"]
    assert delivered(stage, {}, secret="n" * 20).run_id
    assert len(stage.started) == 3


def test_a_body_is_not_read_before_its_signature_is_found_good(stage):
    stage.stands(HOOK | {"verify": SECRETS})
    stage.secrets.kept = {"new": Secret("n" * 20)}

    def read():
        raise BadRequest("read", code="malformed_json")

    with pytest.raises(Unauthenticated):
        receive("orders", Delivery({}, {}, b"{", read), stage.secrets, stage.triggered)


@pytest.mark.parametrize("kept", [{}, {"new": Secret("n" * 20, workflows=("wf_2",))}])
def test_without_a_secret_nobody_gets_in_and_the_sender_tries_again(stage, kept):
    stage.stands(HOOK | {"verify": SECRETS})
    stage.secrets.kept = kept
    with pytest.raises(Unavailable):
        delivered(stage, {}, secret="n" * 20)
    assert "hook_secret_missing" in stage.tell.outcomes()


def test_a_store_of_secrets_that_does_not_answer_is_told(stage):
    class Broken:
        def get(self, name):
            raise StepError("secret_unavailable", "no")

    stage.stands(HOOK | {"verify": SECRETS})
    stage.secrets = Broken()
    with pytest.raises(Unavailable):
        delivered(stage, {}, secret="n" * 20)
    assert "hook_secret_unavailable" in stage.tell.outcomes()


@pytest.mark.parametrize(
    ("hook", "headers", "body"),
    [
        ({}, {"idempotency-key": "k"}, {}),
        ({}, {"x-idempotency-key": "k"}, {}),
        ({"dedupe": "body.id"}, {}, {"id": 7}),
        ({"verify": SECRETS}, {"x-github-delivery": "k"}, {}),
    ],
)
def test_a_delivery_that_comes_again_names_the_run_of_the_first(stage, hook, headers, body):
    stage.stands(HOOK | hook)
    stage.secrets.kept = {"new": Secret("n" * 20)}
    first = delivered(stage, body, headers, secret="n" * 20)
    for more in ({}, {"n": 2}):
        with pytest.raises(DuplicateDelivery) as caught:
            delivered(stage, body | more, headers, secret="n" * 20)
        assert caught.value.run_id == first.run_id
    assert len(stage.started) == 1


def test_a_delivery_that_nothing_names_is_a_new_one_each_time(stage):
    stage.stands(HOOK | {"dedupe": "body.id"})
    assert delivered(stage, {}).run_id != delivered(stage, {}).run_id


def test_slack_is_told_that_somebody_is_there(stage):
    stage.stands(HOOK | {"verify": SECRETS | {"strategy": "slack"}})
    stage.secrets.kept = {"new": Secret("n" * 20)}
    raw, at = b'{"type": "url_verification", "challenge": "abc"}', str(int(stage.clock().timestamp()))
    digest = hmac.new(b"n" * 20, b"v0:" + at.encode() + b":" + raw, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={digest}"}
    found = receive("orders", Delivery(headers, {}, raw, lambda: json.loads(raw)), stage.secrets, stage.triggered)
    assert found == Received(challenge="abc")
    assert stage.started == []


def test_a_workflow_that_starts_nothing_refuses(stage):
    stage.stands(HOOK)
    stage.refusal = not_runnable()
    with pytest.raises(Conflict) as caught:
        delivered(stage, {})
    assert caught.value.code == "workflow_not_runnable"


EVENTS = [
    {"name": "paid", "filter": "body.type = 'paid'", "input": {"paid": "{{ body.id }}"}, "schema": {"required": ["x"]}},
    {"name": "sent", "filter": "body.type in ['sent', 'lost']", "input": {"sent": "{{ body.id }}"}},
    {"name": "lost", "filter": "body.type = 'lost'", "input": {"lost": "{{ body.id }}"}},
]


def test_the_first_event_whose_filter_is_true_starts_the_run_and_is_told_of_it(stage):
    stage.stands(HOOK | {"events": EVENTS})
    assert delivered(stage, {"type": "sent", "id": 1}).event == "sent"
    assert delivered(stage, {"type": "lost", "id": 2}).event == "sent"
    assert [(each.input_data, each.labels) for _, each in stage.started] == [
        ({"sent": 1}, {"hook": "orders", "event": "sent"}),
        ({"sent": 2}, {"hook": "orders", "event": "sent"}),
    ]


def test_an_event_without_a_filter_takes_what_those_before_it_do_not(stage):
    stage.stands(HOOK | {"events": [EVENTS[2], {"name": "rest"}]})
    assert delivered(stage, {"type": "lost", "id": 1}).event == "lost"
    assert delivered(stage, {"n": 1}).event == "rest"
    assert [each.input_data for _, each in stage.started] == [{"lost": 1}, {"n": 1}]


def test_a_delivery_that_no_event_takes_starts_nothing(stage):
    stage.stands(HOOK | {"events": EVENTS})
    assert delivered(stage, {"type": "other"}) == Received()
    assert delivered(stage, {}) == Received()
    assert stage.started == []


def test_the_schema_of_the_event_that_it_is_holds_and_no_other(stage):
    stage.stands(HOOK | {"events": EVENTS})
    with pytest.raises(Invalid) as caught:
        delivered(stage, {"type": "paid", "id": 1})
    assert "'x' is a required property" in caught.value.faults[0].message
    assert delivered(stage, {"type": "lost", "id": 1}).run_id


@pytest.mark.parametrize("event", [{"filter": "body.n + 'x'"}, {"input": {"n": "{{ body.missing }}"}}])
def test_a_fault_in_an_event_names_it(stage, event):
    stage.stands(HOOK | {"events": [{"name": "first", "filter": "false"}, {"name": "second", **event}]})
    with pytest.raises(Invalid) as caught:
        delivered(stage, {"n": 1})
    assert "event 'second'" in caught.value.faults[0].message


def test_a_delivery_is_known_again_whatever_event_it_is(stage):
    stage.stands(HOOK | {"events": [EVENTS[2], EVENTS[1]], "dedupe": "body.id"})
    first = delivered(stage, {"type": "sent", "id": 1})
    with pytest.raises(DuplicateDelivery) as caught:
        delivered(stage, {"type": "lost", "id": 1})
    assert caught.value.run_id == first.run_id
