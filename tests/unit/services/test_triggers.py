from datetime import timedelta

import pytest

from fakes.triggers import TriggerStage
from stepweave.domain.api_key import Caller
from stepweave.domain.trigger import Taken
from stepweave.errors import Conflict, EventSourceNotAllowed, Fault, Invalid, Unavailable
from stepweave.services.triggers import SOON, check_triggers, follow, take
from stepweave.services.workflow_changes import Changed

ADMIN, WRITER = Caller("key_1", "admin"), Caller("key_2", "write")
HOOK = {"type": "webhook", "slug": "Orders"}
SIGNAL = {"type": "signal", "name": "paid"}
EVENT = {"type": "event", "pattern": {"source": ["shop"], "detail-type": ["Order Placed"]}}
ANY_SOURCE = {"type": "event", "pattern": {"detail-type": ["Order Placed"]}}


@pytest.fixture
def stage():
    return TriggerStage()


def check(stage):
    return check_triggers(stage.ports, stage.clock() + timedelta(seconds=60))


def all_taken(stage):
    listening = {name for name, workflows in stage.triggers.names.items() if workflows}
    return set(stage.triggers.hooks), listening, set(stage.sources.rules)


def test_what_a_definition_wants_is_taken_and_let_go_with_it(stage):
    stage.stands(HOOK, SIGNAL, EVENT, by=WRITER)
    assert all_taken(stage) == ({"orders"}, {"paid"}, {("wf_1", "0")})
    stage.stands(SIGNAL, by=WRITER)
    assert all_taken(stage) == (set(), {"paid"}, set())
    stage.stands(by=WRITER)
    assert all_taken(stage) == (set(), set(), set())
    assert not stage.triggers.held("wf_1").taken


def test_a_workflow_without_triggers_asks_nothing_of_the_store(stage):
    stage.stands(by=WRITER)
    stage.stands(by=WRITER)
    assert stage.triggers.records == {}


def test_a_deleted_workflow_lets_everything_go(stage):
    stage.stands(HOOK, SIGNAL, EVENT, by=WRITER)
    found = stage.workflows.get("wf_1")
    stage.workflows.workflows.clear()
    follow(Changed(found.workflow, found.version, found.workflow, deleted=True), stage.ports)
    assert all_taken(stage) == (set(), set(), set())


def test_a_slug_belongs_to_one_workflow_whatever_its_case(stage):
    stage.stands(HOOK, by=WRITER)
    with pytest.raises(Conflict) as caught:
        stage.stands({"type": "webhook", "slug": "oRDERS"}, workflow_id="wf_2", by=WRITER)
    assert caught.value.code == "hook_taken"
    assert stage.triggers.hook("orders") == "wf_1"


def test_a_slug_that_was_taken_for_nothing_is_passed_on_after_a_while(stage):
    take(WRITER, "wf_1", {"triggers": [HOOK]}, None, stage.ports)
    with pytest.raises(Conflict):
        stage.stands(HOOK, workflow_id="wf_2", by=WRITER)
    stage.clock.advance(SOON.total_seconds() + 1)
    stage.stands(HOOK, workflow_id="wf_2", by=WRITER)
    assert stage.triggers.hook("orders") == "wf_2"
    check(stage)
    assert stage.triggers.hook("orders") == "wf_2"


def test_a_request_that_was_cut_off_before_its_definition_stood_leaves_nothing_taken(stage):
    take(WRITER, "wf_1", {"triggers": [HOOK, SIGNAL, EVENT]}, None, stage.ports)
    assert check(stage) == 0
    stage.clock.advance(SOON.total_seconds())
    assert check(stage) == 1
    assert all_taken(stage) == (set(), set(), set())
    assert check(stage) == 0


def test_a_request_that_was_cut_off_after_its_definition_stood_is_followed(stage):
    stage.stands(HOOK, EVENT, by=WRITER)
    take(WRITER, "wf_1", {"triggers": [SIGNAL]}, {"triggers": [HOOK, EVENT]}, stage.ports)
    stage.workflows.versions["wf_1", 1].definition["triggers"][:] = [SIGNAL]
    stage.clock.advance(SOON.total_seconds())
    check(stage)
    assert all_taken(stage) == (set(), {"paid"}, set())


def test_a_rule_that_is_gone_is_made_again_within_a_day(stage):
    stage.stands(EVENT, by=WRITER)
    stage.sources.rules.clear()
    stage.clock.advance(86_400)
    assert check(stage) == 1
    assert stage.sources.rules == {("wf_1", "0"): EVENT["pattern"]}


def test_one_that_cannot_be_checked_is_left_for_later_and_blocks_no_other(stage):
    stage.stands(EVENT, by=WRITER)
    stage.stands(SIGNAL, workflow_id="wf_2", by=WRITER)
    stage.sources.refusal = Unavailable("EventBridge")
    stage.clock.advance(86_400)
    check(stage)
    assert "triggers_not_checked" in stage.tell.outcomes()
    assert stage.triggers.checks["wf_1"] > "2026-11-03"


def test_events_need_admin_or_a_source_that_the_operator_allows(stage):
    for pattern in (ANY_SOURCE["pattern"], {"source": ["aws.s3"]}, {"source": ["shop", "bank"]}):
        with pytest.raises(EventSourceNotAllowed):
            stage.stands({"type": "event", "pattern": pattern}, by=WRITER)
    assert stage.sources.rules == {}
    stage.stands(ANY_SOURCE, by=ADMIN)
    stage.stands(ANY_SOURCE, SIGNAL, by=WRITER)
    assert stage.sources.rules == {("wf_1", "0"): ANY_SOURCE["pattern"]}


def test_a_pattern_that_eventbridge_does_not_take_is_refused_at_its_place(stage):
    stage.sources.refusal = Invalid([Fault("", "no pattern")])
    with pytest.raises(Invalid) as caught:
        stage.stands(EVENT, by=WRITER)
    assert caught.value.faults == (Fault("/definition/triggers", "no pattern"),)


def test_what_cannot_be_let_go_now_is_told_and_looked_at_again(stage):
    stage.stands(EVENT, by=WRITER)
    stage.sources.refusal = Unavailable("EventBridge")
    found = stage.workflows.get("wf_1")
    follow(Changed(found.workflow, found.version, found.workflow), stage.ports)
    assert "triggers_not_followed" in stage.tell.outcomes()
    assert stage.triggers.checks["wf_1"] < "2026-11-03"


def test_two_changes_at_one_moment_end_as_the_one_that_stands(stage):
    stage.stands(SIGNAL, by=WRITER)
    stage.triggers.others = 1
    stage.stands(HOOK, by=WRITER)
    assert stage.triggers.held("wf_1").taken == Taken(hooks=frozenset({"orders"}))
    stage.triggers.others = 1_000
    with pytest.raises(Unavailable):
        stage.stands(SIGNAL, by=WRITER)
