"""Triggers: signals as they are, webhooks out of their nested block."""

from typing import Any

import pytest

from compozy_documents import Json, asks, workflow
from stepweave.compozy.definition import translate
from stepweave.errors import Invalid

EVENT: Json = {
    "name": "paid",
    "filter": "payload.type == 'paid' && has(headers.x)",
    "input": {"id": "{{ .payload.data.id }}"},
}


def webhook(**more: Any) -> Json:
    return {"type": "webhook", "webhook": {"slug": "pay", "events": [EVENT], **more}}


def trigger(made: Json) -> Any:
    return translate(workflow(asks("a"), triggers=[made])).definition["triggers"][0]


def refused(made: Json) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        trigger(made)
    return {fault.path.removeprefix("/triggers/0"): fault.message for fault in caught.value.faults}


def test_a_signal_is_the_same():
    signal = {"type": "signal", "name": "paid", "schema": {"type": "object"}}
    assert trigger(signal) == signal
    assert trigger({"type": "signal", "name": "paid"}) == {"type": "signal", "name": "paid"}


def test_a_webhook_has_all_of_its_events():
    event = {**EVENT, "schema": {"type": "object"}}
    late = {"name": "late", "filter": "query.kind == 'late'", "input": {"q": "{{ .query.q }}", "h": "{{ .headers.h }}"}}
    assert trigger(webhook(events=[event, late], method="POST")) == {
        "type": "webhook",
        "slug": "pay",
        "events": [
            {
                "name": "paid",
                "filter": '(((body.type) = ("paid")) and $exists(headers.x))',
                "input": {"id": "{{ body.data.id }}"},
                "schema": {"type": "object"},
            },
            {
                "name": "late",
                "filter": '((query.kind) = ("late"))',
                "input": {"q": "{{ query.q }}", "h": "{{ headers.h }}"},
            },
        ],
    }


def test_its_secret_is_named_and_its_deliveries_are_known_by_their_key():
    verify = {"strategy": "stripe", "secret": "{{ .env.STRIPE }}", "skew": "5m"}
    made = trigger(webhook(verify=verify, dedupe={"enabled": True, "ttl": "10m", "key": "$.data.id"}))
    assert made["verify"] == {"strategy": "stripe", "secret": "{{ secrets.STRIPE }}"}
    assert made["dedupe"] == "body.data.id"
    hmac = {"strategy": "hmac", "secret": "{{ .env.KEY }}", "header": "X-Sig"}
    assert trigger(webhook(verify=hmac, dedupe={"enabled": True}))["verify"]["header"] == "X-Sig"


@pytest.mark.parametrize(
    ("made", "path", "why"),
    [
        ({"type": "event"}, "/type", "signal"),
        ({"type": "signal"}, "/name", "needs a name"),
        ({"type": "signal", "name": "x", "webhook": webhook()["webhook"]}, "/webhook", "no webhook"),
        ({"type": "webhook"}, "/webhook", "needs its webhook"),
        (webhook(events=[]), "/webhook/events", "at least 1"),
        (webhook(events=[EVENT, EVENT]), "/webhook/events/1/name", "of another"),
        (webhook(events=[{**EVENT, "name": f"e{n}"} for n in range(51)]), "/webhook/events", "at most 50"),
        (webhook(events=[EVENT, {**EVENT, "name": "x" * 101}]), "/webhook/events/1/name", "at most 100"),
        (webhook(events=[EVENT, {**EVENT, "name": "b", "schema": {"type": "x"}}]), "/webhook/events/1/schema/type", ""),
        (webhook(events=[EVENT, {**EVENT, "name": "b", "filter": "input.x"}]), "/webhook/events/1/filter", "no input"),
        (
            webhook(events=[EVENT, {**EVENT, "name": "b", "input": {"x": ["{{ .project }}"]}}]),
            "/webhook/events/1/input/x/0",
            "",
        ),
        (webhook(method="PUT"), "/webhook/method", "POSTed"),
        (webhook(slug="a b"), "/webhook/slug", "must match"),
        (webhook(events=[{**EVENT, "filter": "input.x"}]), "/webhook/events/0/filter", "no input before a run"),
        (
            webhook(events=[{**EVENT, "input": {"x": "{{ .tasks.a.output }}"}}]),
            "/webhook/events/0/input/x",
            "does not exist",
        ),
        (webhook(verify={"strategy": "github", "secret": "plain"}), "/webhook/verify/secret", "not named"),
        (
            webhook(verify={"strategy": "stripe", "secret": "{{ .env.S }}", "skew": "1h"}),
            "/webhook/verify/skew",
            "5 minutes",
        ),
        (webhook(dedupe={"enabled": False}), "/webhook/dedupe/enabled", "never starts a second run"),
        (webhook(dedupe={"enabled": True, "key": "a[0]"}), "/webhook/dedupe/key", "no plain path"),
    ],
)
def test_what_means_something_else_in_ours_is_refused(made: Json, path: str, why: str):
    found = refused(made)
    assert path in found, found
    assert why in found[path]
