from typing import Any

import pytest

from fakes.resources import FakeResources
from stepweave.domain.reference import Ref
from stepweave.domain.resource import Resource
from stepweave.errors import StepError
from stepweave.steps.stored_tools import with_stored_tools

LOOK = {"description": "Looks.", "config": {"url": "https://a.example"}, "timeout": "10s"}


def resource(kind: Any, name: str, content: Any) -> Resource:
    return Resource(kind, name, content, "e", "t", "t")


def whole(tools: Any) -> Any:
    resources = FakeResources()
    resources.stored[Ref("tool", "look")] = resource("tool", "look", LOOK)
    return with_stored_tools(resource("agent", "a", {"tools": tools}), resources)["tools"]


def test_a_tool_that_is_only_named_is_the_stored_one() -> None:
    own = {"id": "own", "config": {"url": "https://b.example"}}
    assert whole([{"id": "look"}, own]) == [{**LOOK, "id": "look"}, own]


def test_what_the_agent_says_of_it_goes_before() -> None:
    [tool] = whole([{"id": "peek", "resource": "look", "description": "Peeks.", "timeout": ""}])
    assert tool == {**LOOK, "id": "peek", "resource": "look", "description": "Peeks."}


def test_tools_that_there_are_not_are_named() -> None:
    with pytest.raises(StepError) as error:
        whole([{"id": "gone"}, {"id": "look"}])
    assert (error.value.code, error.value.details["tools"]) == ("tool_not_found", ["gone"])


def test_an_agent_without_tools_is_as_it_was_put() -> None:
    agent = resource("agent", "a", {"instructions": "x"})
    assert with_stored_tools(agent, FakeResources()) is agent.content
