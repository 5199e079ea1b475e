"""Workflows put and listed by the names that clients give them."""

from dataclasses import replace

import pytest

from fakes.stores import FakeIdempotencyKeys
from fakes.workflows import FakeWorkflows
from fakes.world import FakeClock
from stepweave.domain.api_key import Caller
from stepweave.domain.keyset import encode
from stepweave.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable
from stepweave.services.idempotency import Once
from stepweave.services.named_workflows import PutPorts, content_etag, list_by_name, name_of, put_workflow
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.workflow_creation import CreatePorts, create_workflow
from stepweave.services.workflow_replacement import replace_workflow
from stepweave.services.workflow_writes import WritePorts
from stepweave.services.workflows import CreateWorkflow

ME = Caller("key_1", "write")


def definition(seconds=1, **more):
    return {"name": "x", "steps": [{"id": "a", "type": "wait", "config": {"seconds": seconds}}], **more}


class Stage:
    def __init__(self):
        self.workflows, self.clock = FakeWorkflows(), FakeClock()
        write = WritePorts(self.workflows, self.clock, self.clock.sleep, lambda: 0.5)
        numbers = iter(range(99))
        making = CreatePorts(write, FakeIdempotencyKeys(), lambda prefix: f"{prefix}_{next(numbers)}")
        self.ports = PutPorts(
            self.workflows,
            lambda caller, request: create_workflow(caller, request, making),
            lambda caller, ref, request: replace_workflow(caller, ref, request, write),
        )

    def put(self, ref="greet", content=None, expected=ANY):
        return put_workflow(ME, ref, content or definition(), expected, self.ports)


@pytest.fixture
def stage():
    return Stage()


def etag_of(put):
    return IfMatch(frozenset({content_etag(put.workflow, put.version.definition)}))


def test_a_workflow_is_made_under_a_name_and_changed_under_it(stage):
    made = stage.put(content=definition(schedule={"cron": "@daily"}))
    assert (made.is_new, made.workflow.slug, made.workflow.trigger_type, made.version.number) == (
        True,
        "greet",
        "schedule",
        1,
    )
    changed = stage.put(content=definition(2))
    assert (changed.is_new, changed.workflow.id, changed.workflow.trigger_type, changed.version.number) == (
        False,
        made.workflow.id,
        "manual",
        2,
    )
    assert stage.put(made.workflow.id, definition(2)).version.number == 2


def test_the_etag_is_of_what_was_put(stage):
    made = stage.put()
    assert etag_of(stage.put()) == etag_of(made)
    assert etag_of(stage.put(content=definition(2))) != etag_of(made)
    assert name_of(replace(made.workflow, slug=None)) == made.workflow.id


def test_what_the_client_has_not_seen_is_not_overwritten(stage):
    with pytest.raises(PreconditionFailed, match="does not exist"):
        stage.put(expected=IfMatch(frozenset({"x"})))
    made = stage.put()
    stage.put(content=definition(2), expected=etag_of(made))
    with pytest.raises(PreconditionFailed):
        stage.put(content=definition(3), expected=etag_of(made))
    assert stage.workflows.get(made.workflow.id).version.definition == definition(2)


def test_a_change_between_the_look_and_the_write_is_seen(stage):
    made = stage.put()
    expected = etag_of(made)
    real = stage.ports.replace

    def meanwhile(caller, ref, request):
        overtaken = replace(stage.ports, replace=real)
        put_workflow(ME, ref, definition(9), ANY, overtaken)
        return real(caller, ref, request)

    stage.ports = replace(stage.ports, replace=meanwhile)
    with pytest.raises(PreconditionFailed):
        stage.put(content=definition(2), expected=expected)
    assert stage.workflows.get(made.workflow.id).version.definition == definition(9)


def test_two_that_make_the_same_name_at_once_make_one_workflow(stage):
    real = stage.ports.create

    def meanwhile(caller, request):
        real(caller, replace(request, definition=definition(9)))
        return real(caller, request)

    stage.ports = replace(stage.ports, create=meanwhile)
    put = stage.put(content=definition(2))
    assert (put.is_new, put.version.number, len(stage.workflows.workflows)) == (False, 2, 1)


def test_an_id_is_never_given_by_a_client(stage):
    with pytest.raises(BadRequest):
        stage.put("wf_unknown")


def test_who_never_gets_through_is_told(stage):
    stage.put()

    def gone(*_):
        raise NotFound("workflow", "greet")

    stage.ports = replace(stage.ports, replace=gone)
    with pytest.raises(Unavailable):
        stage.put(content=definition(2))


def test_other_conflicts_are_told_as_they_are(stage):
    def refused(*_):
        raise Conflict("taken", code="hook_taken")

    stage.ports = replace(stage.ports, create=refused)
    with pytest.raises(Conflict, match="taken"):
        stage.put()


def test_workflows_are_listed_by_name(stage):
    for name in ("b", "a", "aa"):
        stage.put(name)
    first = list_by_name("", 2, None, workflows=stage.workflows)
    assert [each.workflow.slug for each in first.rows] == ["a", "aa"]
    rest = list_by_name("", 2, encode(first.after), workflows=stage.workflows)
    assert ([each.workflow.slug for each in rest.rows], rest.total) == (["b"], 3)
    with pytest.raises(BadRequest):
        list_by_name("", 2, "v2:after:a", workflows=stage.workflows)


def test_who_claimed_a_key_first_answers_with_the_times_of_who_stored_the_workflow(stage):
    request = CreateWorkflow(definition(), once=Once("workflow", "k"))
    real = stage.workflows.create

    def overtaken(workflow, version):
        stage.workflows.create = real
        stage.clock.advance(1)
        stage.ports.create(ME, request)
        return real(workflow, version)

    stage.workflows.create = overtaken
    first = stage.ports.create(ME, request)
    again = stage.ports.create(ME, request)
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.workflow, again.version) == (first.workflow, first.version)
