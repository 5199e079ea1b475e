from typing import Any

import pytest

from definitions import definition, script
from stepweave.compiler.compile import compile_definition

VERIFY = {"strategy": "github", "secret": "{{ secrets.hook }}"}


def problems(*triggers: dict[str, Any]) -> list[tuple[str, str]]:
    compiled = compile_definition(definition(script("a"), triggers=list(triggers)))
    return [(each.code, each.path) for each in compiled.problems]


def hook(**members: Any) -> dict[str, Any]:
    return {"type": "webhook", "slug": "orders", **members}


def event(pattern: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "event", "pattern": pattern, **members}


def signal(name: str) -> dict[str, Any]:
    return {"type": "signal", "name": name}


def test_triggers_that_can_start_a_workflow_are_taken() -> None:
    taken = (
        hook(verify=VERIFY | {"previous_secret": "{{secrets.`old-one`}}"}, filter="body.n > 1", dedupe="{{ body.id }}"),
        event({"source": ["shop"], "detail": {"n": [{"numeric": [">", 1]}]}}, input={"n": "{{ event.detail.n }}"}),
        signal("order.created"),
        hook(slug="other", input={"q": "{{ query.q }}", "h": "{{ headers.`x-a` }}", "all": ["{{ body }}"]}),
    )
    assert problems(*taken) == []


def test_names_and_slugs_are_given_once() -> None:
    found = problems(signal("a"), hook(), signal("a"), hook(slug="ORDERS"), signal("a"))
    again = [("/triggers/2/name"), ("/triggers/3/slug"), ("/triggers/4/name")]
    assert found == [("duplicate_trigger", path) for path in again]


def test_a_secret_is_needed_and_never_written_out() -> None:
    assert problems(hook(verify={"strategy": "stripe"})) == [("secret_missing", "/triggers/0/verify/secret")]
    for text in ("whsec_abc", "{{ input.secret }}", "x{{ secrets.a }}", "{{ secrets.a & 'b' }}"):
        written = VERIFY | {"secret": text, "previous_secret": text}
        assert problems(hook(verify=written)) == [
            ("secret_not_named", "/triggers/0/verify/secret"),
            ("secret_not_named", "/triggers/0/verify/previous_secret"),
        ]


@pytest.mark.parametrize(
    ("trigger", "code", "path"),
    [
        (hook(filter="run.id"), "unknown_name", "/filter"),
        (hook(filter="input.n"), "unknown_name", "/filter"),
        (hook(dedupe="body.("), "expression_syntax", "/dedupe"),
        (hook(input={"s": "{{ secrets.a }}"}), "secrets_not_allowed", "/input/s"),
        (event({"source": ["a"]}, input={"x": "{{ body }}"}), "unknown_name", "/input/x"),
        (event({}), "invalid_pattern", "/pattern"),
        (event({"source": "shop"}), "invalid_pattern", "/pattern/source"),
        (event({"detail": {"n": []}}), "invalid_pattern", "/pattern/detail/n"),
        (event({"detail": {}}), "invalid_pattern", "/pattern/detail"),
        (signal(" "), "invalid_signal", "/name"),
        (
            hook(verify={"strategy": "hmac", "secret": "{{ secrets.a }}", "header": "a b"}),
            "invalid_header",
            "/verify/header",
        ),
    ],
)
def test_what_cannot_work_is_told_at_its_place(trigger: dict[str, Any], code: str, path: str) -> None:
    assert problems(trigger) == [(code, f"/triggers/0{path}")]


def test_there_is_no_step_yet_that_a_trigger_could_read() -> None:
    found = problems(hook(filter="steps.a.output"))
    assert found == [("unknown_name", "/triggers/0/filter"), ("reference_not_upstream", "/triggers/0/filter")]


def test_a_bus_has_room_for_five_patterns_of_a_definition() -> None:
    assert problems(*[event({"source": ["a"]})] * 6) == [("too_many_triggers", "/triggers/5")]


def hook_event(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, **members}


def test_a_webhook_may_have_events_in_place_of_its_own_filter_and_input() -> None:
    events = [
        hook_event("paid", filter="body.paid", input={"n": "{{ body.n }}"}, schema={"type": "object"}),
        hook_event("rest"),
    ]
    assert problems(hook(events=events, verify=VERIFY, dedupe="body.id")) == []
    assert problems(hook(events=[hook_event(f"e{n}", filter="body.x") for n in range(50)])) == []


def test_a_webhook_with_events_has_nothing_of_one_event_itself() -> None:
    own = {"name": "x", "filter": "body.n > 1", "input": {"n": 1}, "schema": {}}
    found = problems(hook(events=[hook_event("paid")], **own))
    assert found == [("events_or_own", f"/triggers/0/{member}") for member in own]


def test_the_events_of_a_webhook_are_told_apart_and_can_all_be_come_to() -> None:
    found = problems(hook(events=[hook_event("a", filter="true"), hook_event("a"), hook_event("b"), hook_event("c")]))
    assert found == [
        ("duplicate_event", "/triggers/0/events/1/name"),
        ("unreachable_event", "/triggers/0/events/2"),
        ("unreachable_event", "/triggers/0/events/3"),
    ]
    assert problems(hook(events=[]))[0][1] == "/triggers/0/events"
    too_many = [hook_event(f"e{n}", filter="true") for n in range(51)]
    assert problems(hook(events=too_many)) == [("invalid_value", "/triggers/0/events")]
    assert problems(hook(events=[hook_event("x" * 101)])) == [("invalid_value", "/triggers/0/events/0/name")]
    assert problems(hook(events=[{"filter": "true", "inputs": {}}])) == [
        ("missing_member", "/triggers/0/events/0/name"),
        ("unknown_member", "/triggers/0/events/0/inputs"),
    ]


@pytest.mark.parametrize(
    ("event", "code", "path"),
    [
        (hook_event("a", filter="input.n"), "unknown_name", "/filter"),
        (hook_event("a", filter="body.("), "expression_syntax", "/filter"),
        (hook_event("a", input={"s": ["{{ secrets.a }}"]}), "secrets_not_allowed", "/input/s/0"),
        (hook_event("a", schema={"type": "objct"}), "invalid_schema", "/schema/type"),
    ],
)
def test_what_cannot_work_in_an_event_is_told_at_its_place(event: dict[str, Any], code: str, path: str) -> None:
    first = hook_event("first", filter="body.x")
    assert problems(hook(events=[first, event])) == [(code, f"/triggers/0/events/1{path}")]
