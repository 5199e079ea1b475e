import pytest

from stepweave.domain.reference import Ref, named_by_definition, named_by_resource, tool_named


def step(agent_id: object, **more: object) -> dict[str, object]:
    return {"id": "s", "type": "agent_task", "config": {"agent_id": agent_id, "goal": "g"}, **more}


def test_steps_name_agents_those_in_loops_too() -> None:
    loop = {"id": "l", "type": "loop", "config": {"items": "[1]", "steps": [step("inner")]}}
    other = {"id": "h", "type": "http_request", "config": {"url": "u", "agent_id": "none"}}
    definition = {"steps": [step("outer"), step("outer"), loop, other, step("{{ input.a }}"), step(None)]}
    assert named_by_definition(definition) == {Ref("agent", "outer"), Ref("agent", "inner")}


def test_the_document_of_a_definition_names_tools_that_it_does_not_hold() -> None:
    tasks = [{"id": "a", "tool": "stored", "agent": "host"}, {"id": "b", "tool": "held"}]
    source = {"format": "compozy", "document": {"tasks": tasks, "tools": [{"id": "held", "config": {"url": "u"}}]}}
    definition = {"steps": [step("host")], "source": source}
    assert named_by_definition(definition) == {Ref("agent", "host"), Ref("tool", "stored")}
    assert named_by_definition({"source": {"document": {"tasks": "none"}}}) == frozenset()


@pytest.mark.parametrize(
    "definition", [None, {}, {"steps": "none"}, {"steps": [1, {"id": "s"}, {"config": []}]}, {"source": 1}]
)
def test_what_is_no_definition_names_nothing(definition: object) -> None:
    assert named_by_definition(definition) == frozenset()  # type: ignore[arg-type]  # as it may be stored


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("search", "search"),
        ({"id": "search"}, "search"),
        ({"id": "s", "resource": "search"}, "search"),
        ({"id": "s", "resource": "tool"}, "s"),
        ({"id": "s", "config": {"url": "u"}}, None),
        ({"id": "s", "config": {"url": "u"}, "resource": "x"}, None),
        ({"id": "no id of a resource"}, None),
        (1, None),
    ],
)
def test_an_entry_without_a_config_stands_for_a_tool(entry: object, named: str | None) -> None:
    assert tool_named(entry) == named


def test_agents_name_tools_of_their_project() -> None:
    content = {"tools": [{"id": "a"}, {"id": "b", "config": {"url": "u"}}]}
    assert named_by_resource("agent", content, "p") == {Ref("tool", "a", "p")}
    assert named_by_resource("tool", content, "p") == frozenset()


def test_tasks_name_agents_and_tools_and_those_that_they_hold_do_too() -> None:
    task = {
        "agent": "writer",
        "tasks": [{"tool": "first"}, {"agent": {"tools": [{"id": "second"}]}}, "x"],
        "task": {"tools": ["third"]},
        "routes": {"a": "next", "b": {"agent": {"id": "editor"}}},
        "processor": {"tool": {"id": "own", "config": {"url": "u"}}},
    }
    named = {Ref("agent", "writer", "p"), Ref("agent", "editor", "p")}
    named |= {Ref("tool", each, "p") for each in ("first", "second", "third")}
    assert named_by_resource("task", task, "p") == named
