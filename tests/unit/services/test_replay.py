"""Which records count after a resume."""

import pytest

from fakes.plans import a_plan, a_plan_step
from fakes.samples import a_step
from stepweave.domain.run import Rerun, Value
from stepweave.services.replay import Replay, coverage

ITEMS = Value(inline="[1]", size=3)
PLAN = a_plan(
    a_plan_step("a"),
    a_plan_step("b", depends_on=["a"]),
    a_plan_step("pick", type="condition", depends_on=["a"]),
    a_plan_step("taken", named_by=[{"condition": "pick", "branch": "then"}]),
    a_plan_step("mend", handles=["b"]),
    a_plan_step("each", type="loop", depends_on=["a"], body=["in", "next", "inner"]),
    a_plan_step("in", loops=["each"]),
    a_plan_step("next", loops=["each"], depends_on=["in"]),
    a_plan_step("inner", type="loop", loops=["each"], body=["deep"]),
    a_plan_step("deep", loops=["each", "inner"]),
    a_plan_step("beside", loops=["each"], depends_on=["inner"]),
    a_plan_step("last", depends_on=["each"]),
    a_plan_step("apart"),
)


def of(step_id, reruns=(), **facts):
    record = a_step(step_id=step_id, key=step_id, **facts)
    return Replay(PLAN, reruns, 2).of(record)


@pytest.mark.parametrize(
    ("from_step", "again", "reopened"),
    [
        ("apart", {"apart"}, set()),
        ("last", {"last"}, set()),
        ("b", {"b", "mend"}, set()),
        ("pick", {"pick", "taken"}, set()),
        ("each", {"each", "in", "next", "inner", "deep", "beside", "last"}, set()),
        ("in", {"in", "next", "last"}, {"each"}),
        ("deep", {"deep", "beside", "last"}, {"inner", "each"}),
        ("inner", {"inner", "deep", "beside", "last"}, {"each"}),
        ("nowhere", set(), set()),
    ],
)
def test_a_step_takes_along_all_that_depends_on_it_and_reopens_the_loops_around_it(from_step, again, reopened):
    covered = coverage(PLAN, from_step)
    assert (covered.again, covered.reopened) == (again, reopened)


def test_what_ran_in_this_execution_counts_whatever_has_become_of_it():
    for status in ("running", "waiting", "failed", "completed"):
        assert of("a", [Rerun(2, "a")], status=status, execution=2) == "kept"


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("completed", "kept"),
        ("skipped", "kept"),
        ("waiting", "kept"),
        ("failed", "again"),
        ("running", "again"),
        ("cancelled", "again"),
    ],
)
def test_what_has_finished_or_waits_counts_on(status, standing):
    record = a_step(step_id="a", key="a", status=status, execution=1)
    assert Replay(PLAN, (), 2).of(record) == standing


def test_a_failure_that_is_handled_stays():
    plan = a_plan(
        a_plan_step("a", on_error="continue"),
        a_plan_step("b", on_error="goto"),
        a_plan_step("each", type="loop", config={"on_item_error": "continue"}),
        a_plan_step("in", loops=["each"]),
        a_plan_step("strict", type="loop"),
        a_plan_step("within", loops=["strict"]),
    )
    failed = {each: a_step(step_id=each, key=each, status="failed") for each in plan["steps"]}
    found = {each: Replay(plan, (), 2).of(record) for each, record in failed.items()}
    assert found == {"a": "kept", "b": "kept", "each": "again", "in": "kept", "strict": "again", "within": "again"}


def test_a_record_counts_once_it_ran_since_the_rerun_that_covers_it():
    reruns = [Rerun(2, "a"), Rerun(4, "b")]
    for execution, standings in ((1, ("again", "again")), (2, ("kept", "again")), (4, ("kept", "kept"))):
        records = [a_step(step_id=each, key=each, status="completed", execution=execution) for each in ("a", "b")]
        assert tuple(Replay(PLAN, reruns, 5).of(record) for record in records) == standings


def test_a_loop_keeps_its_items_unless_it_runs_again_itself():
    def standing(reruns=(), **facts):
        return Replay(PLAN, reruns, 2).of(a_step(step_id="each", key="each", execution=1, **facts))

    assert standing(status="running", items=ITEMS) == "reopened"
    assert standing(status="failed", items=ITEMS) == "reopened"
    assert standing(status="failed") == "again"
    assert standing(status="completed", items=ITEMS) == "kept"
    assert standing([Rerun(2, "in")], status="completed", items=ITEMS) == "reopened"
    assert standing(status="running") == "again"
    assert standing([Rerun(2, "in")], status="skipped") == "kept"
    assert standing([Rerun(2, "each")], status="completed", items=ITEMS) == "again"


def test_a_step_that_the_version_lacks_does_not_count():
    assert Replay(PLAN, (), 2).of(a_step(step_id="gone", key="gone", status="completed")) == "again"


def test_the_generation_counts_how_often_a_step_was_to_run_again():
    replay = Replay(PLAN, [Rerun(2, "a"), Rerun(3, "b"), Rerun(4, "apart")], 5)
    assert [replay.generation(each) for each in ("a", "b", "apart", "in")] == [1, 2, 1, 1]
