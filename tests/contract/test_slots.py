"""The port `Slots`."""

import pytest

from fakes.samples import a_version, a_workflow
from stepweave.domain.slots import DEPLOYMENT, SlotState, keyed_group

KEYED = keyed_group("wf_1", "acme")


def create(stores, workflow_id="wf_1"):
    stores.workflows.create(a_workflow(id=workflow_id), a_version(workflow_id=workflow_id))


def test_slots_are_taken_up_to_the_limit_and_by_each_name_once(stores):
    create(stores)
    take = stores.slots.take
    assert [take("wf_1", name, 2) for name in ("run_1-1", "run_2-1", "run_3-1", "run_1-1")] == [True, True, False, True]
    assert stores.slots.get("wf_1").held == {"run_1-1", "run_2-1"}


def test_a_slot_freed_twice_is_freed_once(stores):
    create(stores)
    stores.slots.take("wf_1", "run_1-1", 2)
    stores.slots.take("wf_1", "run_2-1", 2)
    stores.slots.free("wf_1", "run_1-1")
    assert stores.slots.free("wf_1", "run_1-1").held == {"run_2-1"}
    assert stores.slots.take("wf_1", "run_3-1", 2)


def test_nobody_takes_a_slot_past_those_who_queue(stores):
    create(stores)
    stores.slots.enqueue("wf_1", "run_1")
    assert not stores.slots.take("wf_1", "run_2-1", 2)
    assert stores.slots.take("wf_1", "run_1-1", 2, past_queue=True)


def test_an_unknown_workflow_has_no_slots(stores):
    assert not stores.slots.take("wf_9", "run_1-1", 2)
    assert stores.slots.free("wf_9", "run_1-1").held == frozenset()
    assert stores.slots.get("wf_9").held == frozenset()


def test_the_queue_is_oldest_first_and_holds_each_run_once(stores):
    create(stores)
    for run_id in ("run_2", "run_1", "run_3", "run_1"):
        stores.slots.enqueue("wf_1", run_id)
    assert list(stores.slots.queued("wf_1", 2)) == ["run_1", "run_2"]
    stores.slots.dequeue("wf_1", "run_1")
    stores.slots.dequeue("wf_1", "run_1")
    assert list(stores.slots.queued("wf_1", 9)) == ["run_2", "run_3"]


def test_the_queue_mark_stays_when_somebody_joined_meanwhile(stores):
    create(stores)
    stores.slots.enqueue("wf_1", "run_1")
    seen = stores.slots.get("wf_1").rev
    stores.slots.enqueue("wf_1", "run_2")
    stores.slots.clear_queue_mark("wf_1", seen)
    assert stores.slots.get("wf_1").has_queue
    stores.slots.clear_queue_mark("wf_1", stores.slots.get("wf_1").rev)
    assert not stores.slots.get("wf_1").has_queue


@pytest.mark.parametrize("group", [KEYED, DEPLOYMENT])
def test_a_group_other_than_a_workflows_comes_into_being_by_itself(stores, group):
    assert stores.slots.get(group) == SlotState()
    assert [stores.slots.take(group, name, 1) for name in ("run_1-1", "run_2-1")] == [True, False]
    stores.slots.enqueue(group, "run_2")
    assert stores.slots.free(group, "run_1-1") == SlotState(frozenset(), has_queue=True, rev=1)
    assert not stores.slots.take(group, "run_3-1", 1)
    assert stores.slots.take(group, "run_2-1", 1, past_queue=True)
    assert list(stores.slots.queued(group, 9)) == ["run_2"]


def test_groups_of_a_workflow_do_not_meet(stores):
    create(stores)
    assert all(stores.slots.take(group, "run_1-1", 1) for group in ("wf_1", KEYED, DEPLOYMENT))
    stores.slots.enqueue(KEYED, "run_2")
    assert [stores.slots.get(each).has_queue for each in ("wf_1", KEYED, DEPLOYMENT)] == [False, True, False]
    assert list(stores.slots.queued("wf_1", 9)) == []


def test_who_joins_a_queue_sees_the_slots_as_they_are_then(stores):
    create(stores)
    stores.slots.take("wf_1", "run_1-1", 1)
    assert stores.slots.enqueue("wf_1", "run_2") == SlotState(frozenset({"run_1-1"}), has_queue=True, rev=1)
    assert stores.slots.enqueue("wf_9", "run_2") == SlotState()


def test_a_queue_is_read_on_after_an_entry(stores):
    create(stores)
    for run_id in ("run_1", "run_2", "run_3"):
        stores.slots.enqueue("wf_1", run_id)
    assert list(stores.slots.queued("wf_1", 9, after="run_1")) == ["run_2", "run_3"]


def test_the_groups_in_which_runs_queue_are_known(stores):
    create(stores)
    for group in ("wf_1", KEYED, DEPLOYMENT):
        stores.slots.enqueue(group, "run_1")
    stores.slots.take(keyed_group("wf_1", "idle"), "run_9-1", 1)
    assert list(stores.slots.groups("wf_1", 9)) == ["wf_1", KEYED]
    stores.slots.clear_queue_mark(KEYED, 1)
    assert list(stores.slots.groups("wf_1", 9)) == ["wf_1"]


def test_joining_the_queue_of_a_workflow_that_is_gone_leaves_no_slots_behind(stores):
    stores.slots.enqueue("wf_9", "run_1")
    assert stores.slots.get("wf_9") == SlotState()
    assert list(stores.slots.queued("wf_9", 9)) == ["run_1"]
