from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.agents import FakeAgents
from stepweave.domain.agent import HIDDEN
from stepweave.errors import Conflict, Invalid, NotFound, PreconditionFailed
from stepweave.services.agents import delete_agent, get_agent, list_agents, put_agent, shown
from stepweave.services.preconditions import IfMatch

MODEL = {"config": {"provider": "openai", "model": "m", "api_key": "sk-1"}}


def now() -> datetime:
    return datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


@pytest.fixture
def agents() -> FakeAgents:
    return FakeAgents()


def put(agents: FakeAgents, name: str = "writer", content: Any = None, **more: Any) -> Any:
    return put_agent(name, content if content is not None else {"model": MODEL}, agents=agents, clock=now, **more)


def test_an_agent_is_made_and_changed_and_says_which(agents: FakeAgents) -> None:
    first, is_new = put(agents)
    assert is_new
    second, is_new = put(agents, content={"instructions": "Write."})
    assert not is_new
    assert first.etag != second.etag
    assert get_agent("writer", agents=agents) == second


def test_an_agent_is_shown_without_its_credentials_and_put_back_with_them(agents: FakeAgents) -> None:
    agent, _ = put(agents)
    answer = shown(agent)
    assert answer["model"]["config"]["api_key"] == HIDDEN
    assert (answer["id"], answer["etag"]) == ("writer", agent.etag)
    again = {name: value for name, value in answer.items() if name not in ("id", "etag")}
    assert put(agents, content=again)[0].content == agent.content


def test_a_tag_that_is_not_the_current_one_changes_and_deletes_nothing(agents: FakeAgents) -> None:
    stale = IfMatch(frozenset({"stale"}))
    with pytest.raises(PreconditionFailed):
        put(agents, expected=stale)
    agent, _ = put(agents)
    for change in (lambda: put(agents, expected=stale), lambda: delete_agent("writer", agents=agents, expected=stale)):
        with pytest.raises(PreconditionFailed):
            change()
    current = IfMatch(frozenset({agent.etag}))
    assert put(agents, content={}, expected=current)[1] is False
    changed = IfMatch(frozenset({get_agent("writer", agents=agents).etag}))
    assert delete_agent("writer", agents=agents, expected=changed)


def test_who_is_overtaken_is_told() -> None:
    class Overtaken(FakeAgents):
        def put(self, agent: Any, *, was: Any) -> bool:
            return False

    with pytest.raises(Conflict):
        put(Overtaken())


def test_what_is_not_there_cannot_be_read_and_is_deleted_already(agents: FakeAgents) -> None:
    with pytest.raises(NotFound):
        get_agent("writer", agents=agents)
    assert not delete_agent("writer", agents=agents)


def test_agents_are_listed_by_id(agents: FakeAgents) -> None:
    for name in ("b", "a", "c"):
        put(agents, name)
    page = list_agents(agents=agents, limit=2)
    assert ([agent.id for agent in page.rows], page.total) == (["a", "b"], 3)


TOOL = {"id": "t", "config": {"url": "https://api.example"}}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"instruction": "typo"}, "/instruction"),
        ({"id": "other"}, "/id"),
        ({"max_iterations": "5"}, "/max_iterations"),
        ({"tools": [TOOL, TOOL]}, "/tools/1/id"),
        ({"actions": [{"id": "a", "output": {"type": "nonsense"}}]}, "/actions/0/output/type"),
        ({"instructions": "{{ input. }}"}, "/instructions"),
        ({"instructions": "{{ input.x"}, "/instructions"),
        ({"mcps": [{"id": "m", "transport": "pigeon"}]}, "/mcps/0/transport"),
        ({"instructions": "x" * 300_000}, ""),
        ({"mcps": [{"id": ["x"]}]}, "/mcps/0/id"),
    ],
)
def test_what_is_wrong_with_an_agent_is_told_with_its_place(agents: FakeAgents, content: Any, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(agents, content=content)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert agents.agents == {}


@pytest.mark.parametrize("name", ["", "-a", "a/b", "a" * 101, "ä"])
def test_an_id_that_no_path_can_hold_is_refused(agents: FakeAgents, name: str) -> None:
    with pytest.raises(Invalid):
        put(agents, name)
