"""What clients get wrong, tried everywhere: never a 5xx, and nothing done."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepweave.services.workflows import validate_definition

DEFINITION: dict[str, Any] = {
    "name": "All that there is",
    "description": "d",
    "version": "1",
    "author": {"name": "a", "contributors": [{"name": "b"}]},
    "tags": ["t"],
    "steps": [
        {
            "id": "fetch",
            "type": "http_request",
            "config": {
                "url": "https://example.com/{{ input.path }}",
                "method": "POST",
                "query": {"q": 1},
                "headers": {"a": "b"},
                "json": {"a": [1]},
                "auth": {"type": "bearer", "token": "{{ secrets.token }}"},
                "expect_status": [200],
            },
            "retry": {"max_attempts": 2, "on": ["timeout"], "initial_interval": "1s"},
            "timeout_seconds": 5,
        },
        {
            "id": "count",
            "type": "script",
            "config": {"language": "python", "source": "pass", "input": "{{ steps.fetch.output }}", "env": {"A": "b"}},
            "depends_on": ["fetch"],
            "on_error": {"goto": "tell"},
        },
        {"id": "tell", "type": "webhook", "config": {"url": "https://example.com", "payload": {"a": 1}, "headers": {}}},
        {
            "id": "many",
            "type": "condition",
            "config": {"expression": "steps.fetch.output.body.n > 1", "then": ["each"], "else": ["ask"]},
            "depends_on": ["fetch"],
        },
        {
            "id": "each",
            "type": "loop",
            "config": {
                "items": "steps.fetch.output.body.rows",
                "item_name": "row",
                "max_concurrency": 2,
                "on_item_error": "continue",
                "steps": [{"id": "pause", "type": "wait", "config": {"seconds": "{{ row.n }}"}}],
            },
        },
        {"id": "ask", "type": "agent_task", "config": {"agent_id": "a", "goal": "g", "output_schema": {}}},
        {"id": "rest", "type": "wait", "config": {"duration": "5m"}, "depends_on": ["ask"], "when": "input.x = 1"},
    ],
    "outputs": {"n": "{{ steps.count.output.result }}"},
    "config": {"input": {"type": "object"}, "env": {"A": "b"}, "run_timeout": "1h", "concurrency": {"limit": 2}},
    "schedule": {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"},
    "triggers": [{"type": "signal", "name": "go"}],
}
BODY = {"definition": DEFINITION, "trigger_type": "manual", "tags": ["a"], "status": "draft", "slug": "s"}
WRONG: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "\x00", "{{", "x" * 300, [], [[]], [None], {}, {"a": 1}]


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, child in members for place in places(child, (*at, key)))]


def replaced(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return changed


def without(body: Any, place: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(body)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    del holder[place[-1]]
    return changed


@pytest.fixture(autouse=True)
def really_validates(service):
    service.validate_definition = validate_definition


def check(call, service, body):
    """Create and validate must agree on the definition; a refusal names a place that exists, and stores nothing."""
    before = len(service.created)
    created = call("POST", "/api/workflows", json=body)
    if created.status == 201:
        assert len(service.created) == before + 1
        service.workflows.clear()
        return
    assert created.status == 422, created.body
    assert created.json["errors"]
    for fault in created.json["errors"]:
        assert re.fullmatch(r"(/([^~]|~[01])*)?", fault["path"])
        assert fault["message"].strip(".")
    assert len(service.created) == before
    verdict = call("POST", "/api/workflows/validate", json=body)
    assert verdict.status == 200
    inside = [fault for fault in created.json["errors"] if fault["path"].startswith("/definition")]
    if isinstance(body.get("definition"), dict):
        assert len(verdict.json["problems"]) == len(inside)


def test_the_definition_that_the_others_are_made_from_is_valid(call):
    verdict = call("POST", "/api/workflows/validate", json=BODY).json
    assert verdict == {"valid": True, "errors": [], "problems": []}


@pytest.mark.parametrize("place", places(BODY)[1:], ids=lambda place: "/".join(map(str, place)))
def test_wrong_values_everywhere_are_refused_or_right(call, service, place):
    for wrong in WRONG:
        check(call, service, replaced(BODY, place, wrong))
    check(call, service, without(BODY, place))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], ""),
        ([{"id": "a", "type": "wait", "config": {"seconds": 1}}] * 2, "a"),
        ([{"id": "a", "type": "wait", "config": {"seconds": 1}, "depends_on": ["a"]}], "a → a"),
        (
            [
                {"id": "a", "type": "wait", "config": {"seconds": 1}, "depends_on": ["b"]},
                {"id": "b", "type": "wait", "config": {"seconds": 1}, "depends_on": ["a"]},
            ],
            "Cycle detected: ",
        ),
        (
            [{"id": "notify", "type": "wait", "config": {"seconds": 1}, "depends_on": ["fetch"]}],
            "Step 'notify' depends on 'fetch' which doesn't exist",
        ),
        ([{"id": "a", "type": "pipeline", "config": {}}], ""),
        ([{"id": "a b", "type": "wait", "config": {"seconds": 1}}], ""),
        ([{"id": "a", "type": "wait", "config": {"seconds": 1}, "colour": 1}], ""),
        ([{"id": f"s{n}", "type": "wait", "config": {"seconds": 1}} for n in range(1001)], "1,000"),
    ],
)
def test_steps_that_make_no_graph_are_refused_by_both_routes(call, service, steps, said):
    body = {"definition": {"name": "x", "steps": steps}}
    verdict = call("POST", "/api/workflows/validate", json=body)
    assert verdict.status == 200
    assert verdict.json["valid"] is False
    assert said in " ".join(verdict.json["errors"])
    created = call("POST", "/api/workflows", json=body)
    assert created.status == 422
    assert all(fault["path"].startswith("/definition") for fault in created.json["errors"])
    assert service.created == []


def test_a_definition_over_512_kb_is_invalid_and_not_too_large(call, service):
    steps = [{"id": "a", "type": "script", "config": {"language": "python", "source": "x" * 600_000}}]
    answer = call("POST", "/api/workflows", json={"definition": {"name": "x", "steps": steps}})
    assert answer.status == 422
    assert service.created == []


def test_a_definition_nested_to_the_limit_of_bodies_is_a_verdict(call):
    deep: Any = 1
    for _ in range(90):
        deep = [deep]
    for definition in ({"name": "x", "steps": deep}, {"name": "x", "steps": [], "outputs": {"a": deep}}):
        verdict = call("POST", "/api/workflows/validate", json={"definition": definition})
        assert (verdict.status, verdict.json["valid"]) == (200, False)


BROKEN = [b"{", b"[1,]", b'{"a" 1}', b"\xff\xfe", b"nul", b"'", b"[" * 100_000, b'{"a":NaN}', b"<xml/>", b"a=1&b=2"]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:8]))
@pytest.mark.parametrize("path", ["/api/workflows", "/api/workflows/validate", "/api/workflows/{workflow_id}/run"])
def test_what_is_not_json_is_a_400_on_every_route(call, service, stored, path, body):
    before = len(service.created), len(service.started)
    answer = call("POST", path.format(**stored), body=body)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (len(service.created), len(service.started)) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=20,
)
NAMES = ("definition", "trigger_type", "tags", "status", "slug", "input_data", "trigger", "version", "labels", "x")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5))
def test_any_json_at_all_gets_an_answer(call, stored, body):
    raw = json.dumps(body).encode()
    for path in ("/api/workflows", "/api/workflows/validate", f"/api/workflows/{stored['workflow_id']}/run"):
        answer = call("POST", path, body=raw)
        assert answer.status in (200, 201, 202, 400, 422), answer.body
        assert answer.json


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=60))
def test_any_bytes_at_all_get_an_answer(call, raw):
    assert call("POST", "/api/workflows/validate", body=raw).status in (200, 400, 422)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="?#"), max_size=40))
def test_any_path_at_all_gets_an_answer(call, text):
    for target in (f"/{text}", f"/api/workflows/{text}", f"/api/workflows/runs/{text}/steps/{text}/output"):
        assert call("GET", target).status in (200, 404, 405)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_query_at_all_gets_an_answer(call, text):
    from urllib.parse import quote

    for query in (f"limit={quote(text)}", f"cursor={quote(text)}", f"{quote(text)}=1"):
        assert call("GET", f"/api/workflows?{query}").status in (200, 422)
