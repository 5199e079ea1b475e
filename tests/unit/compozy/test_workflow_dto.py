"""Workflows as Compozy shows them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compozy_documents import Json, asks, task, workflow
from definitions import condition, definition, loop, request, wait
from fakes.samples import a_workflow
from stepweave.compozy.definition import translate
from stepweave.compozy.source import source_of, with_source
from stepweave.compozy.workflow_dto import workflow_dto

DOCUMENT: Json = workflow(
    asks("a", "r", agent="helper"),
    task("router", "r", condition="input.k", routes={"x": {"id": "b", "tool": "shop"}}),
    version="1.2",
    description="What it does",
    author={"name": "Ann", "contributors": [{"name": "Bob"}]},
    config={"env": {"A": "1"}, "retry_policy": {"maximum_attempts": 2}, "start_to_close_timeout": "5m"},
    agents=[{"id": "spare", "instructions": "", "model": {"config": {"provider": "openai", "api_key": "sk"}}}],
    tools=[{"id": "shop", "config": {"url": "https://shop.example.com"}}],
    triggers=[{"type": "signal", "name": "go"}],
    schedule={"cron": "0 9 * * 1"},
    outputs={"said": "{{ .tasks.a.output }}"},
)


def shown(made: Json, **more: Any) -> Json:
    return workflow_dto(a_workflow(slug="flow"), made, **more)


def test_what_was_put_as_a_document_comes_back_as_it_says():
    made = translate(DOCUMENT).definition
    assert shown(made) == {
        "id": "flow",
        **{
            name: DOCUMENT[name]
            for name in ("version", "description", "author", "config", "triggers", "schedule", "outputs")
        },
        "task_count": 2,
        "task_ids": ["a", "r"],
        "agent_count": 2,
        "tool_count": 1,
        "mcp_count": 0,
        "tasks": ["a", "r"],
        "agents": ["spare", "helper"],
        "tools": ["shop"],
    }


def test_what_is_expanded_is_shown_whole_and_without_credentials():
    made = shown(translate(DOCUMENT).definition, expand=["tasks", "agents", "tools"])
    assert made["tasks"] == DOCUMENT["tasks"]
    assert made["agents"][0]["model"]["config"]["api_key"] == "********"
    assert made["agents"][1] == {"id": "helper"}
    assert made["tools"] == DOCUMENT["tools"]


def test_the_document_survives_json_and_goes_when_the_definition_is_changed():
    made = translate(DOCUMENT).definition
    made = translate({**DOCUMENT, "config": {"start_to_close_timeout": 300}}).definition
    stored = {**dict(reversed(made.items())), "config": {"start_to_close_timeout": 300.0}}
    assert source_of(stored) == made["source"]["document"]
    assert source_of({**made, "description": "Another"}) is None
    assert source_of({"name": "x", "steps": []}) is None
    assert shown({**made, "description": "Another"})["task_ids"] == ["a", "r", "b"]


def test_a_definition_of_ours_is_told_in_compozys_words():
    asked = {"id": "ask", "type": "agent_task", "on_error": {"goto": "late"}, "config": {"agent_id": "x", "goal": "Hi"}}
    acts = {"id": "act", "type": "agent_task", "config": {"agent_id": "x", "action": "y", "with": {"n": 1}}}
    steps = [
        request("fetch"),
        condition("check", ["fetch"], then=["ask"], else_=["late"]),
        asked,
        loop("each", ["ask"], [acts], items=[1]),
        wait("late", config={"signal": "go"}),
    ]
    triggers = [
        {"type": "signal", "name": "s"},
        {"type": "webhook", "slug": "h", "filter": "body.x", "verify": {"strategy": "none"}},
        {"type": "webhook", "slug": "i", "events": [{"name": "a", "filter": "body.x"}, {"name": "b"}]},
        {"type": "event", "pattern": {"source": ["x"]}},
    ]
    made = shown(definition(*steps, author="Ann", triggers=triggers), expand=["tasks"])
    assert made["author"] == {"name": "Ann"}
    assert made["version"] == "1"
    assert made["agents"] == ["x"]
    assert [each["type"] for each in made["triggers"]] == ["signal", "webhook", "webhook"]
    assert made["triggers"][1]["webhook"]["events"] == [{"name": "h", "filter": "body.x"}]
    assert made["triggers"][2]["webhook"]["events"] == [{"name": "a", "filter": "body.x"}, {"name": "b"}]
    assert made["task_ids"] == ["fetch", "check", "ask", "each", "late"]
    tasks = {each["id"]: each for each in made["tasks"]}
    assert tasks["check"]["routes"] == {"true": "ask", "false": "late"}
    assert tasks["ask"] == {
        "id": "ask",
        "type": "basic",
        "agent": {"id": "x"},
        "prompt": "Hi",
        "on_error": {"next": "late"},
    }
    assert tasks["each"]["tasks"][0]["with"] == {"n": 1}
    assert tasks["late"]["wait_for"] == "go"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "tasks", "agents", "routes", "agent", "tool", "config"]), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_a_document_that_somebody_made_up_is_shown_as_far_as_it_can_be(document: Any):
    made = with_source({"name": "x", "steps": []}, document if isinstance(document, dict) else {"tasks": document})
    shown = workflow_dto(a_workflow(), made, expand=["tasks", "agents", "tools"])
    assert shown["task_count"] == len(shown["tasks"])
