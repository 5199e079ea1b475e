"""The port `Resources`."""

from dataclasses import replace

import pytest

from stepweave.domain.keyset import Place
from stepweave.domain.reference import Ref, User
from stepweave.domain.resource import Resource, etag_of

AT = "2026-11-02T08:30:00.000Z"
REF = Ref("agent", "a")
FLOW, TASK = User("workflow", "wf_1"), User("task", "t", "other")


def agent(name, project="default", kind="agent", **content):
    return Resource(kind, name, content, etag_of(content), AT, AT, project)


def test_a_resource_comes_back_as_it_was_put(stores):
    one = agent("writer", model={"config": {"params": {"temperature": 0.5}}}, instructions="Schreib schön.")
    assert stores.resources.put(one, was=None)
    assert stores.resources.get("agent", "writer") == one
    assert stores.resources.get("tool", "writer") is None
    assert stores.resources.get("agent", "writer", "other") is None
    assert stores.resources.several("agent", ["writer", "nobody"]) == {"writer": one}


def test_who_writes_over_something_else_than_they_read_is_told(stores):
    first, second, third = agent("a", n=1), agent("a", n=2), agent("a", n=3)
    assert stores.resources.put(first, was=None)
    assert stores.resources.put(first, was=None), "the same write, sent twice"
    assert not stores.resources.put(second, was=None)
    assert stores.resources.put(second, was=first)
    assert stores.resources.put(second, was=first), "the same write, sent twice"
    assert not stores.resources.put(third, was=first)
    assert stores.resources.get("agent", "a") == second


def test_a_resource_is_removed_once_and_only_as_it_was_read(stores):
    one = agent("a", n=1)
    stores.resources.put(one, was=None)
    assert not stores.resources.remove(replace(one, etag="other"))
    assert stores.resources.remove(one)
    assert not stores.resources.remove(one)
    assert stores.resources.get("agent", "a") is None


def test_what_somebody_has_begun_to_use_since_it_was_read_is_not_removed(stores):
    stores.resources.put(agent("a"), was=None)
    read = stores.resources.get("agent", "a")
    stores.resources.use(REF, FLOW, AT)
    assert not stores.resources.remove(read)
    read = stores.resources.get("agent", "a")
    assert stores.resources.put(agent("a", n=1), was=read), "its uses do not keep it from being changed"
    stores.resources.use(REF, FLOW, AT)
    assert not stores.resources.remove(replace(read, etag=etag_of({"n": 1})))
    assert stores.resources.remove(stores.resources.get("agent", "a"))


def test_uses_are_told_until_they_are_taken_back(stores):
    stores.resources.use(REF, TASK, AT)
    stores.resources.use(REF, FLOW, AT)
    stores.resources.use(Ref("agent", "a", "other"), FLOW, AT)
    stores.resources.use(Ref("tool", "a"), FLOW, AT)
    assert {(use.user, use.since) for use in stores.resources.uses(REF, 5)} == {(FLOW, AT), (TASK, AT)}
    assert len(stores.resources.uses(REF, 1)) == 1
    stores.resources.release(REF, TASK, before=AT)
    assert len(stores.resources.uses(REF, 5)) == 2, "what was said at that time or later stays"
    stores.resources.release(REF, TASK, before=f"{AT}~")
    stores.resources.release(REF, TASK, before=f"{AT}~")
    assert [use.user for use in stores.resources.uses(REF, 5)] == [FLOW]


def test_a_use_of_what_is_not_there_makes_no_resource(stores):
    stores.resources.use(REF, FLOW, AT)
    assert stores.resources.get("agent", "a") is None
    assert stores.resources.put(agent("a"), was=None)
    assert [use.user for use in stores.resources.uses(REF, 5)] == [FLOW]


NAMES = ["a", "a.b", "ab", "b", "b-1"]


@pytest.fixture
def listed(stores):
    for name in reversed(NAMES):
        stores.resources.put(agent(name), was=None)
    stores.resources.put(agent("c", project="other"), was=None)
    stores.resources.put(agent("c", kind="tool"), was=None)
    return stores.resources


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_have_each_resource_of_a_kind_and_project_once_by_id_there_and_back(listed, limit):
    pages, at = [], None
    while not pages or at is not None:
        page = listed.page("agent", "default", prefix="", limit=limit, at=at)
        assert page.total == 5
        assert (page.before is None) == (not pages)
        pages.append([each.id for each in page.rows])
        at, last = page.after, page
    assert [name for page in pages for name in page] == NAMES
    back = [pages[-1]]
    while last.before is not None:
        last = listed.page("agent", "default", prefix="", limit=limit, at=last.before)
        assert last.after is not None
        back.insert(0, [each.id for each in last.rows])
    assert [name for page in back for name in page] == NAMES


def test_a_prefix_narrows_the_list(listed):
    page = listed.page("agent", "default", prefix="a", limit=2, at=None)
    assert ([each.id for each in page.rows], page.total) == (["a", "a.b"], 3)
    rest = listed.page("agent", "default", prefix="a", limit=2, at=page.after)
    assert ([each.id for each in rest.rows], rest.after, rest.before) == (["ab"], None, Place("before", "ab"))
    assert listed.page("agent", "other", prefix="", limit=2, at=None).total == 1
    assert listed.page("task", "default", prefix="", limit=2, at=None).rows == []


@pytest.mark.parametrize(
    ("place", "names"),
    [
        (Place("after", "a.a"), ["a.b", "ab", "b", "b-1"]),
        (Place("before", "a.c"), ["a", "a.b"]),
        (Place("before", "b-"), ["a", "a.b", "ab", "b"]),
        (Place("after", "z"), []),
        (Place("before", "A"), []),
        (Place("before", "a"), []),
        (Place("before", "aZ"), ["a", "a.b"]),
    ],
)
def test_a_place_need_not_be_a_resource(listed, place, names):
    page = listed.page("agent", "default", prefix="", limit=9, at=place)
    assert [each.id for each in page.rows] == names


@pytest.mark.parametrize(("place", "names"), [(Place("before", "Z"), []), (Place("after", "a"), ["b", "b-1"])])
def test_a_place_outside_of_the_prefix_is_none_within(listed, place, names):
    assert [each.id for each in listed.page("agent", "default", prefix="b", limit=9, at=place).rows] == names


def test_the_same_resource_put_again_keeps_its_place(stores):
    one = agent("a")
    stores.resources.put(one, was=None)
    stores.resources.put(replace(one, updated_at="2026-11-03T08:30:00.000Z"), was=one)
    assert stores.resources.page("agent", "default", prefix="", limit=5, at=None).total == 1
