"""What a run that does not go on waits for."""

from datetime import timedelta

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_state
from fakes.samples import a_step as some_step
from fakes.stores import FakeSlots
from fakes.world import FakeClock
from stepweave.domain.run import Fail
from stepweave.domain.slots import DEPLOYMENT
from stepweave.services.moments import text_of
from stepweave.services.slots import SHOWN_QUEUE
from stepweave.services.waits import QueuePorts, start_wait, step_wait


class Workflows:
    def __init__(self, status="active"):
        self.now = status

    def status(self, workflow_id):
        return self.now


def queue(*groups, status="active", limit=0):
    """Groups with the runs that queue in them."""
    slots = FakeSlots({"wf_1": None})
    for group, runs in groups:
        for run_id in runs:
            slots.enqueue(group, run_id)
    return QueuePorts(slots, Workflows(status), limit)


NOW = FakeClock()()


def waits_for(ports, **changes):
    return start_wait(a_state(run_id="run_5", status="queued", **changes), NOW, ports)


def test_a_queued_run_waits_for_a_slot_of_its_workflow_behind_older_ones():
    ports = queue(("wf_1", ["run_1", "run_3", "run_5", "run_7"]))
    assert waits_for(ports) == ({"kind": "slot", "limit": "workflow", "until": None}, 3)


def test_it_says_whose_limit_is_reached():
    assert waits_for(queue(("wf_1#abc", ["run_5"])), group="wf_1#abc")[0]["limit"] == "key"
    ports = queue((DEPLOYMENT, ["run_2", "run_5"]), limit=5)
    assert waits_for(ports) == ({"kind": "slot", "limit": "deployment", "until": None}, 2)


def test_far_down_a_queue_no_position_is_told_but_what_it_waits_for():
    ports = queue(("wf_1", [f"run_4{number:05}" for number in range(SHOWN_QUEUE)]))
    assert waits_for(ports) == ({"kind": "slot", "limit": "workflow", "until": None}, None)


@pytest.mark.parametrize("status", ["paused", "archived"])
def test_runs_of_a_workflow_that_rests_wait_for_that(status):
    ports = queue(("wf_1", ["run_5"]), status=status)
    assert waits_for(ports) == ({"kind": "workflow", "workflow_status": status, "until": None}, 1)


def test_a_delayed_run_waits_for_its_time():
    at = text_of(NOW + timedelta(hours=1))
    assert waits_for(queue(("wf_1", ["run_1"])), run_at=at) == ({"kind": "start", "until": at}, None)


def test_a_run_that_is_in_no_queue_is_about_to_start():
    assert waits_for(queue()) == ({"kind": "start", "until": None}, None)


def a_step(key, **changes):
    return some_step(key=key, step_id=key.partition("@")[0], **changes)


PLAN = a_plan(a_plan_step("ask", type="wait", config={"signal": "go"}), a_plan_step("poll", config={"condition": "x"}))


def test_a_wait_for_a_signal_shows_what_is_asked_and_where_it_is_decided_to_who_may_decide():
    step = a_step("ask@0.3", status="waiting", signal="go", message="Ship it?")
    plain = {
        "step_id": "ask",
        "iteration": "0.3",
        "kind": "signal",
        "until": None,
        "signal": "go",
        "message": "Ship it?",
    }
    assert step_wait(step, PLAN) == plain
    assert step_wait(step, PLAN, lambda key: f"/approvals/{key}") == plain | {"approval_url": "/approvals/ask@0.3"}


def test_a_wait_for_a_condition_and_one_for_another_attempt_are_told_apart():
    assert step_wait(a_step("poll", status="waiting", due_at="t"), PLAN)["kind"] == "condition"
    assert step_wait(a_step("poll", status="waiting", error=Fail("c", "m")), PLAN)["kind"] == "retry"
