from dataclasses import replace

from stepweave.domain.trigger import Held, Taken

AT = "2026-11-02T08:30:00.000Z"
LATER = "2026-11-02T08:31:00.000Z"
TAKEN = Taken(frozenset({"a", "b"}), frozenset({"orders"}), frozenset({"0"}))


def test_what_is_held_is_read_as_it_was_written(stores):
    assert stores.triggers.held("wf_1") == Held("wf_1")
    assert stores.triggers.hold(Held("wf_1", TAKEN), check_after=AT)
    assert stores.triggers.held("wf_1") == Held("wf_1", TAKEN, 1)
    assert stores.triggers.hold(Held("wf_1", Taken(), 1), check_after=None)
    assert stores.triggers.held("wf_1") == Held("wf_1", Taken(), 2)


def test_of_two_who_read_the_same_only_one_writes(stores):
    assert stores.triggers.hold(Held("wf_1"), check_after=None)
    assert not stores.triggers.hold(Held("wf_1"), check_after=None)
    held = stores.triggers.held("wf_1")
    assert stores.triggers.hold(held, check_after=None)
    assert not stores.triggers.hold(replace(held, taken=TAKEN), check_after=None)


def test_a_workflow_is_due_when_its_check_is(stores):
    stores.triggers.hold(Held("wf_1"), check_after=LATER)
    stores.triggers.hold(Held("wf_2"), check_after=None)
    assert list(stores.triggers.due(AT, 5)) == []
    assert list(stores.triggers.due(LATER, 5)) == ["wf_1"]


def test_a_slug_is_whose_who_came_first(stores):
    assert stores.triggers.hook("orders") is None
    assert stores.triggers.take_hook("orders", "wf_1", AT) == ("wf_1", AT)
    assert stores.triggers.take_hook("orders", "wf_1", LATER) == ("wf_1", AT)
    assert stores.triggers.take_hook("orders", "wf_2", LATER) == ("wf_1", AT)
    assert stores.triggers.hook("Orders") == "wf_1"


def test_a_slug_is_passed_on_by_who_knows_whose_it_is(stores):
    stores.triggers.take_hook("orders", "wf_1", AT)
    assert not stores.triggers.pass_hook("orders", ("wf_1", LATER), "wf_2", LATER)
    assert stores.triggers.pass_hook("orders", ("wf_1", AT), "wf_2", LATER)
    assert not stores.triggers.pass_hook("orders", ("wf_1", AT), "wf_3", LATER)
    assert stores.triggers.hook("orders") == "wf_2"


def test_a_slug_is_released_by_its_owner_alone(stores):
    stores.triggers.take_hook("orders", "wf_1", AT)
    stores.triggers.release_hook("orders", "wf_2")
    assert stores.triggers.hook("orders") == "wf_1"
    stores.triggers.release_hook("orders", "wf_1")
    stores.triggers.release_hook("orders", "wf_1")
    assert stores.triggers.hook("orders") is None


def test_who_listens_to_a_name_is_listed_once(stores):
    for workflow_id in ("wf_2", "wf_1", "wf_1"):
        stores.triggers.listen("paid", workflow_id)
    stores.triggers.listen("other", "wf_3")
    assert list(stores.triggers.listeners("paid", 5)) == ["wf_1", "wf_2"]
    assert list(stores.triggers.listeners("paid", 1)) == ["wf_1"]
    stores.triggers.silence("paid", "wf_1")
    stores.triggers.silence("paid", "wf_1")
    assert list(stores.triggers.listeners("paid", 5)) == ["wf_2"]
