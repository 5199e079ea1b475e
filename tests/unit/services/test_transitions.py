"""The estimate of what a run has cost in transitions."""

from fakes.plans import a_plan, a_plan_step
from fakes.samples import NOW, a_state
from fakes.samples import a_step as some_step
from stepweave.domain.story import Event
from stepweave.services.transitions import transitions

LATER = "2026-11-02T09:00:00.000Z"


def a_step(key, **changes):
    return some_step(key=key, step_id=key.partition("@")[0], **changes)


def entered(key, number, status="completed", **changes):
    return a_step(key, status=status, story=(Event(number, "step_started", NOW),), **changes)


def cost(steps, *planned, told=None, status="completed", events=90, **plan):
    told = told if told is not None else (Event(0, "run_started", NOW),)
    return transitions(a_state(status=status, told=told, events=events), steps, a_plan(*planned, **plan))


A, B = a_plan_step("a"), a_plan_step("b")


def test_a_run_of_ordinary_steps_costs_one_each_and_two():
    assert cost([entered("a", 1), entered("b", 3)], A, B) == 4


def test_a_run_that_has_not_started_has_cost_nothing():
    assert cost([], A, told=()) == 0


def test_an_execution_under_way_has_not_ended():
    assert cost([entered("a", 1, "running")], A, status="running") == 2


def test_waits_and_loops_and_conditions_have_states_beside_their_own():
    wait = a_plan_step("a", type="wait")
    assert cost([entered("a", 1)], wait) == 5
    assert cost([entered("a", 1, "waiting")], wait, status="running") == 3
    for items, own in (("input.all", 4), ([1, 2], 3)):
        loop = a_plan_step("a", type="loop", config={"items": items})
        steps = [entered("a", 1), entered("b@0", 3), entered("b@1", 5)]
        assert cost(steps, loop, a_plan_step("b", loops=["a"])) == own + 2 + 2
    for jumps, own in (({"then": ["b"], "": ["b"]}, 2), ({}, 1)):
        assert cost([entered("a", 1)], a_plan_step("a", type="condition", jumps=jumps)) == own + 2


def test_forks_and_awaits_cost_one_in_each_iteration_that_has_come_to_them():
    awaits = {"b await": {"id": "b await", "waits_for": ["a"], "loops": []}}
    assert cost([entered("a", 1), entered("b", 3)], A, B, awaits=awaits, forks=["a"]) == 6
    assert cost([entered("a@0", 1), entered("a@1", 3)], A, B, awaits=awaits, forks=["a"]) == 8


def test_a_retry_after_a_long_pause_costs_three_and_one_after_a_short_pause_nothing():
    for due, more in ((LATER, 3), ("2026-11-02T08:30:02.000Z", 0)):
        retried = Event(2, "step_retrying", "2026-11-02T08:30:00.000Z", {"attempt": 1, "due_at": due})
        step = a_step("a", status="completed", story=(Event(1, "step_started", NOW), retried))
        assert cost([step], A) == 3 + more


def test_each_execution_enters_again_what_was_there_before():
    told = (
        Event(0, "run_started", NOW),
        Event(4, "run_completed", NOW),
        Event(5, "run_resumed", NOW),
        Event(5, "run_started", NOW),
    )
    steps = [entered("a", 1), entered("b", 6)]
    assert cost(steps, A, B, told=told) == (1 + 2) + (2 + 2)
    assert cost(steps, A, B, told=told[:-1], status="queued") == 1 + 2


def test_a_step_that_the_version_lacks_counts_one():
    assert cost([entered("gone", 1)], A) == 3
