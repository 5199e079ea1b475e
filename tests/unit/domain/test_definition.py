from typing import Any

import pytest
from pydantic import ValidationError

from definitions import definition, loop, script
from stepweave.domain.definition import Definition
from stepweave.domain.step import all_steps


def _accepts(step_type: str, config: dict[str, Any]) -> bool:
    try:
        Definition.model_validate(definition({"id": "a", "type": step_type, "config": config}))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("step_type", "config", "is_right"),
    [
        ("http_request", {"url": "u"}, True),
        ("http_request", {"url": "u", "json": None, "expect_status": [200, 201]}, True),
        ("http_request", {"url": "u", "json": 1, "body": "x"}, False),
        ("http_request", {"url": "u", "auth": {"type": "bearer", "token": "t"}}, True),
        ("http_request", {"url": "u", "auth": {"type": "basic", "username": "t"}}, False),
        ("script", {"language": "python", "source": "x"}, True),
        ("script", {"language": "ruby", "source": "x"}, False),
        ("agent_task", {"agent_id": "a", "goal": "g"}, True),
        ("agent_task", {"agent_id": "a", "goal": "g", "action": "b"}, False),
        ("agent_task", {"agent_id": "a"}, False),
        ("agent_task", {"agent_id": "a", "goal": "g", "with": {"n": 1}}, True),
        ("agent_task", {"agent_id": "a", "goal": "g", "with": "{{ input }}"}, True),
        ("agent_task", {"agent_id": "a", "goal": "g", "with": "input"}, False),
        ("agent_task", {"agent_id": "a", "goal": "g", "with": [1]}, False),
        ("condition", {"expression": "x", "then": ["b"], "else": ["c"]}, True),
        ("condition", {"cases": [{"when": "x", "then": ["b"]}]}, True),
        ("condition", {"cases": [{"when": "x", "then": ["b"]}], "then": ["c"]}, False),
        ("condition", {}, False),
        ("condition", {"expression": "x", "cases": [{"when": "x", "then": []}]}, False),
        ("loop", {"items": [1, 2], "steps": [script("b")]}, True),
        ("loop", {"items": "input.x", "steps": []}, False),
        ("wait", {"seconds": 0}, True),
        ("wait", {"seconds": "{{ input.n }}"}, True),
        ("wait", {"seconds": "5"}, False),
        ("wait", {"seconds": -1}, False),
        ("wait", {"seconds": 1, "duration": "5m"}, False),
        ("wait", {"duration": "5m"}, True),
        ("wait", {"duration": "{{ input.d }}"}, True),
        ("wait", {"duration": "soon"}, False),
        ("wait", {"until": "2030-01-01T00:00:00Z"}, True),
        ("wait", {"condition": "x", "interval_seconds": 5, "timeout_seconds": 60}, True),
        ("wait", {"until": "x", "interval_seconds": 5}, False),
        ("wait", {"until": "x", "timeout_seconds": 5}, False),
        ("wait", {"signal": "go", "timeout_seconds": 5, "message": "Go?"}, True),
        ("wait", {"seconds": 5, "message": "Go?"}, False),
        ("http_request", {"url": "u", "body": "a", "multipart": {}}, False),
        ("http_request", {"url": "u", "body": {"base64": "AA=="}}, True),
        ("http_request", {"url": "u", "body": {"a": 1}}, False),
        ("http_request", {"url": "u", "multipart": {"a": ["b", {"content": 5, "filename": "f"}]}}, True),
        ("http_request", {"url": "u", "connect_timeout_seconds": 0.5, "read_timeout_seconds": 840}, True),
        ("http_request", {"url": "u", "read_timeout_seconds": 0}, False),
        ("http_request", {"url": "u", "headers": {"X-A": "b"}}, True),
        ("webhook", {"url": "u", "payload": {"a": 1}}, True),
        ("webhook", {"url": "u", "secret": "s", "previous_secret": "p"}, True),
        ("webhook", {"url": "u", "previous_secret": "p"}, False),
        ("webhook", {"url": "u", "headers": {"X-Team": "t"}}, True),
    ],
)
def test_the_config_of_a_step_type(step_type: str, config: dict[str, Any], is_right: bool) -> None:
    assert _accepts(step_type, config) is is_right


def test_values_are_never_converted() -> None:
    assert not _accepts("wait", {"seconds": True})
    assert not _accepts("http_request", {"url": 5})
    assert not _accepts("http_request", {"url": "u", "expect_status": "200"})


def test_every_step_is_walked_with_its_place() -> None:
    inner = loop("inner", [], [script("deep")])
    parsed = Definition.model_validate(definition(script("a"), loop("outer", [], [inner, script("b")])))
    assert [(at, step.id) for at, step in all_steps(parsed.steps)] == [
        ("/steps/0", "a"),
        ("/steps/1", "outer"),
        ("/steps/1/config/steps/0", "inner"),
        ("/steps/1/config/steps/0/config/steps/0", "deep"),
        ("/steps/1/config/steps/1", "b"),
    ]
