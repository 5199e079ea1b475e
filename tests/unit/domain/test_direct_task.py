"""Who works on a task that is executed by itself."""

import pytest

from stepweave.domain.direct_task import Worker, reason_against, reason_against_tool, worker_of

MODEL = {"provider": "openai", "model": "m"}


@pytest.mark.parametrize(
    ("task", "worker"),
    [
        ({"agent": "writer", "tool": "other"}, Worker("agent", named="writer")),
        ({"agent": {"id": "writer", "resource": "agent"}}, Worker("agent", named="writer")),
        ({"agent": {"resource": "agent"}}, Worker("agent", written={"resource": "agent"})),
        ({"agent": {"id": "w", "instructions": "x"}}, Worker("agent", written={"id": "w", "instructions": "x"})),
        ({"tool": "look"}, Worker("tool", named="look")),
        (
            {"model_config": MODEL, "prompt": "x", "tools": ["t", {"id": "u"}]},
            Worker("agent", written={"model": {"config": MODEL}, "tools": [{"id": "t"}, {"id": "u"}]}),
        ),
        ({"model_config": MODEL, "prompt": "x"}, Worker("agent", written={"model": {"config": MODEL}})),
        ({"model_config": MODEL}, None),
        ({"prompt": "x"}, None),
        ({}, None),
    ],
)
def test_a_task_says_who_works_on_it(task, worker):
    assert worker_of(task) == worker


@pytest.mark.parametrize(
    "task",
    [
        {"agent": "writer", "action": "greet"},
        {"type": "basic", "agent": "writer", "prompt": "x"},
        {"tool": "look"},
        {"tool": {"id": "t", "config": {"url": "https://x.example"}}},
    ],
)
def test_a_basic_task_with_somebody_to_do_it_can_be_executed(task):
    assert reason_against(task) is None


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"type": "wait", "agent": "writer", "prompt": "x"}, "type wait"),
        ({"type": "basic"}, "nobody works on it"),
        ({"agent": "writer"}, "asked nothing"),
        ({"tool": {"id": "t", "config": None}}, "no request"),
    ],
)
def test_any_other_task_cannot_and_it_is_said_why(task, reason):
    assert reason in (reason_against(task) or "")


def test_a_tool_that_is_a_request_can_be_called():
    assert reason_against_tool({"config": {"url": "https://x.example"}}) is None
    assert reason_against_tool({})
