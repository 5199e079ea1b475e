import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_step
from stepweave.services.settling import Seen, jumped_over, key_in, keys_to_read
from stepweave.services.signals import StepBusy


def skips(plan, step_id, *records, position=""):
    seen = Seen(plan, {record.key: record for record in records}, position)
    return seen.skips(plan["steps"][step_id])


def record(step_id, status="completed", **changes):
    return a_step(key=step_id, step_id=step_id, status=status, **changes)


def test_a_first_step_runs():
    assert not skips(a_plan(a_plan_step("a")), "a")


def test_a_step_runs_when_one_dependency_completed_and_another_was_skipped():
    plan = a_plan(a_plan_step("a"), a_plan_step("b"), a_plan_step("c", depends_on=["a", "b"]))
    assert not skips(plan, "c", record("a"), record("b", "skipped"))


def test_a_step_is_skipped_when_all_its_dependencies_were():
    plan = a_plan(a_plan_step("a"), a_plan_step("b"), a_plan_step("c", depends_on=["a", "b"]))
    assert skips(plan, "c", record("a", "skipped"), record("b", "skipped"))


@pytest.mark.parametrize(("branch", "skipped"), [("then", False), ("else", True)])
def test_a_step_named_by_a_condition_runs_when_its_branch_is_taken(branch, skipped):
    named = a_plan_step("a", named_by=[{"condition": "c", "branch": "then"}])
    assert skips(a_plan(a_plan_step("c"), named), "a", record("c", branch=branch)) is skipped


def test_a_step_named_by_two_conditions_runs_when_one_takes_it():
    named = a_plan_step("a", named_by=[{"condition": "c", "branch": "then"}, {"condition": "d", "branch": "else"}])
    plan = a_plan(a_plan_step("c"), a_plan_step("d"), named)
    assert not skips(plan, "a", record("c", branch="else"), record("d", branch="else"))
    assert skips(plan, "a", record("c", branch="else"), record("d", branch="then"))


def test_a_step_named_by_a_failed_condition_is_skipped():
    named = a_plan_step("a", named_by=[{"condition": "c", "branch": "then"}])
    assert skips(a_plan(a_plan_step("c", on_error="continue"), named), "a", record("c", "failed"))


@pytest.mark.parametrize(("status", "skipped"), [("completed", True), ("failed", False), ("skipped", True)])
def test_a_handler_runs_only_after_a_failure(status, skipped):
    plan = a_plan(a_plan_step("a", on_error="goto"), a_plan_step("h", handles=["a"]))
    assert skips(plan, "h", record("a", status)) is skipped


def test_other_dependants_see_a_handled_failure_as_skipped():
    plan = a_plan(a_plan_step("a", on_error="goto"), a_plan_step("b", depends_on=["a"]))
    assert skips(plan, "b", record("a", "failed"))


def test_dependants_run_after_a_failure_that_continues():
    plan = a_plan(a_plan_step("a", on_error="continue"), a_plan_step("b", depends_on=["a"]))
    assert not skips(plan, "b", record("a", "failed"))


def test_a_step_that_was_jumped_over_counts_as_skipped():
    plan = a_plan(a_plan_step("c"), a_plan_step("a", blocks=["c"]), a_plan_step("b", depends_on=["a"]))
    assert skips(plan, "b", record("c", branch="else", skipped=("a",)))


@pytest.mark.parametrize("records", [[], [record("a", "running")], [record("a", "waiting")]])
def test_a_step_entered_before_its_dependency_settled_came_too_early(records):
    plan = a_plan(a_plan_step("a"), a_plan_step("b", depends_on=["a"]))
    with pytest.raises(StepBusy):
        skips(plan, "b", *records)


def test_steps_of_outer_loops_are_seen_at_the_outer_part_of_the_position():
    plan = a_plan(a_plan_step("top"), a_plan_step("mid", loops=["x"]), a_plan_step("deep", loops=["x", "y"]))
    assert [key_in(plan, each, "2.5") for each in ("top", "mid", "deep")] == ["top", "mid@2", "deep@2.5"]


def test_entering_reads_its_own_record_its_edges_what_it_refers_to_and_what_may_have_jumped_over_them():
    step = a_plan_step(
        "e", depends_on=["a"], named_by=[{"condition": "c", "branch": "then"}], handles=["h"], reads=["r"]
    )
    others = [a_plan_step(each) for each in ("c", "h", "r", "k")]
    plan = a_plan(a_plan_step("a", blocks=["k"]), *others, step)
    assert keys_to_read(plan, step, "") == ["e", "a", "c", "h", "r", "k"]


def test_a_condition_jumps_over_what_its_branch_leaves_out_and_over_all_when_it_takes_none():
    step = a_plan_step("c", jumps={"then": ["b"], "else": ["a"]})
    assert jumped_over(step, "then") == ("b",)
    assert jumped_over(step, None) == ("b", "a")
