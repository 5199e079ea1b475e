"""The port `Agents`."""

from dataclasses import replace

from stepweave.domain.agent import Agent, etag_of


def agent(name, project="default", **content):
    return Agent(name, content, etag_of(content), "2026-11-02T08:30:00.000Z", "2026-11-02T08:30:00.000Z", project)


def test_an_agent_comes_back_as_it_was_put(stores):
    one = agent("writer", model={"config": {"params": {"temperature": 0.5}}}, instructions="Schreib schön.")
    assert stores.agents.put(one, was=None)
    assert stores.agents.get("writer") == one
    assert stores.agents.get("writer", "other") is None
    assert stores.agents.get("nobody") is None


def test_who_writes_over_something_else_than_they_read_is_told(stores):
    first, second, third = agent("a", n=1), agent("a", n=2), agent("a", n=3)
    assert stores.agents.put(first, was=None)
    assert stores.agents.put(first, was=None), "the same write, sent twice"
    assert not stores.agents.put(second, was=None)
    assert stores.agents.put(second, was=first)
    assert stores.agents.put(second, was=first), "the same write, sent twice"
    assert not stores.agents.put(third, was=first)
    assert stores.agents.get("a") == second


def test_an_agent_is_removed_once_and_only_as_it_was_read(stores):
    stores.agents.put(agent("a", n=1), was=None)
    assert not stores.agents.remove("a", "default", etag="other")
    assert stores.agents.remove("a", "default", etag=etag_of({"n": 1}))
    assert not stores.agents.remove("a", "default")
    stores.agents.put(agent("a"), was=None)
    assert stores.agents.remove("a", "default")
    assert stores.agents.get("a") is None


def test_pages_have_each_agent_of_a_project_once_by_id(stores):
    names = ["a", "a.b", "ab", "b", "b-1"]
    for name in reversed(names):
        stores.agents.put(agent(name), was=None)
    stores.agents.put(agent("c", project="other"), was=None)
    seen, cursor = [], None
    while True:
        page = stores.agents.page("default", prefix="", limit=2, cursor=cursor)
        assert page.total == 5
        seen += [each.id for each in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == names


def test_a_prefix_narrows_the_list(stores):
    for name in ("a", "a.b", "ab", "b"):
        stores.agents.put(agent(name), was=None)
    page = stores.agents.page("default", prefix="a", limit=2, cursor=None)
    assert ([each.id for each in page.rows], page.total) == (["a", "a.b"], 3)
    rest = stores.agents.page("default", prefix="a", limit=2, cursor=page.next_cursor)
    assert ([each.id for each in rest.rows], rest.next_cursor) == (["ab"], None)
    assert stores.agents.page("other", prefix="", limit=2, cursor=None).total == 0


def test_the_same_agent_put_again_keeps_its_place(stores):
    one = agent("a")
    stores.agents.put(one, was=None)
    stores.agents.put(replace(one, updated_at="2026-11-03T08:30:00.000Z"), was=one)
    assert stores.agents.page("default", prefix="", limit=5, cursor=None).total == 1
