from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.resources import FakeResources
from fakes.workflows import FakeWorkflows
from stepweave.domain import keyset
from stepweave.domain.credential import HIDDEN
from stepweave.domain.reference import Ref
from stepweave.errors import BadRequest, Invalid, NotFound, PreconditionFailed, Unavailable
from stepweave.services.preconditions import IfMatch
from stepweave.services.references import ReferencePorts
from stepweave.services.resources import (
    Wanted,
    delete_resource,
    get_resource,
    list_resources,
    put_resource,
    remove_resource,
    shown,
)

MODEL = {"config": {"provider": "openai", "model": "m", "api_key": "sk-1"}}


def now() -> datetime:
    return datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


@pytest.fixture
def resources() -> FakeResources:
    return FakeResources()


def put(resources: FakeResources, name: str = "writer", content: Any = None, kind: Any = "agent", **more: Any) -> Any:
    whole = content if content is not None else {"model": MODEL}
    return put_resource(kind, name, whole, resources=resources, clock=now, **more)


def delete(resources: FakeResources, name: str = "writer", **more: Any) -> bool:
    ports = ReferencePorts(resources, FakeWorkflows(), now)
    return delete_resource("agent", name, ports=ports, **more)


def test_a_resource_is_made_and_changed_and_says_which(resources: FakeResources) -> None:
    first, is_new = put(resources)
    assert is_new
    second, is_new = put(resources, content={"instructions": "Write."})
    assert not is_new
    assert first.etag != second.etag
    assert get_resource("agent", "writer", resources=resources) == second


def test_a_resource_is_shown_without_its_credentials_and_put_back_with_them(resources: FakeResources) -> None:
    agent, _ = put(resources)
    answer = shown(agent)
    assert answer["model"]["config"]["api_key"] == HIDDEN
    assert answer["id"] == "writer"
    again, _ = put(resources, content=answer)
    assert (again.content, again.etag) == (agent.content, agent.etag)


def test_a_hidden_value_that_stands_for_none_is_refused(resources: FakeResources) -> None:
    with pytest.raises(Invalid) as refused:
        put(resources, content={"env": {"A_TOKEN": HIDDEN}})
    assert [fault.path for fault in refused.value.faults] == ["/env/A_TOKEN"]
    assert resources.stored == {}


def test_kinds_and_projects_are_apart(resources: FakeResources) -> None:
    put(resources, "a", {"instructions": "x"})
    put(resources, "a", {"description": "x"}, "tool")
    put(resources, "a", {"type": "basic"}, "task", project="other")
    assert set(resources.stored) == {Ref("agent", "a"), Ref("tool", "a"), Ref("task", "a", "other")}


def test_what_is_only_told_of_a_task_is_not_stored(resources: FakeResources) -> None:
    task, _ = put(resources, "t", {"id": "t", "has_subtasks": True, "subtask_ids": ["a"], "final": True}, "task")
    assert task.content == {"final": True}


def test_a_tag_that_is_not_the_current_one_changes_and_deletes_nothing(resources: FakeResources) -> None:
    stale = IfMatch(frozenset({"stale"}))
    with pytest.raises(PreconditionFailed):
        put(resources, expected=stale)
    agent, _ = put(resources)
    for change in (lambda: put(resources, expected=stale), lambda: delete(resources, expected=stale)):
        with pytest.raises(PreconditionFailed):
            change()
    assert put(resources, content={}, expected=IfMatch(frozenset({agent.etag})))[1] is False
    changed = IfMatch(frozenset({get_resource("agent", "writer", resources=resources).etag}))
    assert delete(resources, expected=changed)


def test_who_is_overtaken_is_told() -> None:
    class Overtaken(FakeResources):
        def put(self, resource: Any, *, was: Any) -> bool:
            return False

        def remove(self, resource: Any) -> bool:
            return False

    with pytest.raises(Unavailable):
        put(Overtaken())
    full = Overtaken()
    FakeResources.put(full, replace(put(FakeResources())[0]), was=None)
    with pytest.raises(Unavailable):
        remove_resource(Ref("agent", "writer"), resources=full, clock=now)


def test_who_is_overtaken_once_writes_over_it_unless_it_expects_another() -> None:
    class Overtaken(FakeResources):
        def put(self, resource: Any, *, was: Any) -> bool:
            if not self.stored:
                FakeResources.put(self, replace(resource, etag="other"), was=was)
            return FakeResources.put(self, resource, was=was)

    assert put(Overtaken())[1] is False

    class Changed(FakeResources):
        def put(self, resource: Any, *, was: Any) -> bool:
            self.stored = {ref: replace(each, etag="other") for ref, each in self.stored.items()}
            return FakeResources.put(self, resource, was=was)

    changed = Changed()
    agent, _ = put(FakeResources())
    FakeResources.put(changed, agent, was=None)
    with pytest.raises(PreconditionFailed):
        put(changed, content={}, expected=IfMatch(frozenset({agent.etag})))


def test_what_is_not_there_cannot_be_read_and_is_deleted_already(resources: FakeResources) -> None:
    for name in ("writer", "no name of one"):
        with pytest.raises(NotFound):
            get_resource("agent", name, resources=resources)
        assert not delete(resources, name)


def listed(resources: FakeResources, workflows: Any = None, **wanted: Any) -> Any:
    return list_resources("agent", Wanted(**wanted), resources=resources, workflows=workflows or FakeWorkflows())


def test_resources_are_listed_by_id_there_and_back(resources: FakeResources) -> None:
    for name in ("b", "a", "c"):
        put(resources, name)
    page = listed(resources, limit=2)
    assert ([each.id for each in page.rows], page.total, page.before) == (["a", "b"], 3, None)
    rest = listed(resources, limit=2, cursor=keyset.encode(page.after))
    assert ([each.id for each in rest.rows], rest.after) == (["c"], None)
    back = listed(resources, limit=2, cursor=keyset.encode(rest.before))
    assert [each.id for each in back.rows] == ["a", "b"]


def test_bad_cursors_and_projects_are_refused(resources: FakeResources) -> None:
    with pytest.raises(BadRequest):
        listed(resources, cursor="x")
    for change in (
        lambda: listed(resources, project="a b"),
        lambda: put(resources, project=""),
        lambda: get_resource("agent", "a", resources=resources, project="#"),
        lambda: delete(resources, project="ä"),
    ):
        with pytest.raises(Invalid) as refused:
            change()
        assert [fault.path for fault in refused.value.faults] == ["?project"]


TOOL = {"id": "t", "config": {"url": "https://api.example"}}


@pytest.mark.parametrize(
    ("kind", "content", "path"),
    [
        ("agent", {"instruction": "typo"}, "/instruction"),
        ("agent", {"id": "other"}, "/id"),
        ("agent", {"max_iterations": "5"}, "/max_iterations"),
        ("agent", {"tools": [TOOL, TOOL]}, "/tools/1/id"),
        ("agent", {"actions": [{"id": "a", "output": {"type": "nonsense"}}]}, "/actions/0/output/type"),
        ("agent", {"instructions": "{{ input. }}"}, "/instructions"),
        ("agent", {"instructions": "{{ input.x"}, "/instructions"),
        ("agent", {"mcps": [{"id": "m", "transport": "pigeon"}]}, "/mcps/0/transport"),
        ("agent", {"instructions": "x" * 300_000}, ""),
        ("agent", {"mcps": [{"id": ["x"]}]}, "/mcps/0/id"),
        ("tool", {"input": {"type": "nonsense"}}, "/input/type"),
        ("tool", {"config": {"url": "{{ input. }}"}}, "/config"),
        ("tool", {"prompt": "x"}, "/prompt"),
        ("task", {"type": "dance"}, "/type"),
        ("task", {"output": {"type": "nonsense"}}, "/output/type"),
    ],
)
def test_what_is_wrong_with_a_resource_is_told_with_its_place(
    resources: FakeResources, kind: Any, content: Any, path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        put(resources, content=content, kind=kind)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert resources.stored == {}


def test_templates_of_a_task_are_kept_as_they_are(resources: FakeResources) -> None:
    task, _ = put(resources, "t", {"prompt": "{{ if .input.x }}y{{ end }}"}, "task")
    assert task.content == {"prompt": "{{ if .input.x }}y{{ end }}"}


@pytest.mark.parametrize("name", ["", "-a", "a/b", "a" * 101, "ä"])
def test_an_id_that_no_path_can_hold_is_refused(resources: FakeResources, name: str) -> None:
    with pytest.raises(Invalid):
        put(resources, name)
