"""Runs that are cancelled, paused and resumed, on the embedded stack."""

import threading
from collections import Counter

import pytest

from definitions import condition, definition, loop, script, wait
from embedded_runs import EmbeddedRuns, Fails

FINISHED = ("completed", "failed", "cancelled", "timed_out")


def named(step_id, after=(), **more):
    return script(step_id, after, source=step_id, **more)


def shown(step_id, after=(), **more):
    made = named(step_id, after, **more)
    made["config"]["input"] = "{{ item }}"
    return made


def statuses(run):
    return {step["step_id"]: step["status"] for step in run["step_runs"] if "iteration" not in step}


def ran(runs):
    return Counter(each.source for each in runs.scripts.ran)


class Gate:
    """A work that says when it has begun, and ends when it is let."""

    def __init__(self):
        self.begun, self.let = threading.Event(), threading.Event()

    def __call__(self, given):
        self.begun.set()
        assert self.let.wait(30)
        return given


class FailsOnce:
    def __init__(self, bad=None):
        self.bad, self.failed = bad, False

    def __call__(self, given):
        if given == self.bad and not self.failed:
            self.failed = True
            raise Fails
        return given


CHAIN = definition(named("a"), named("b", ["a"]), named("c", ["b"]))


@pytest.fixture
def gate():
    return Gate()


def begun(runs, gate, source=CHAIN, given=None):
    """A run of the chain whose step `b` is under way."""
    runs.scripts.works["b"] = gate
    run_id = runs.start(source, given)
    assert gate.begun.wait(30)
    return run_id


def test_a_cancelled_run_starts_nothing_new_and_keeps_the_outcome_of_what_was_under_way(runs: EmbeddedRuns, gate):
    run_id = begun(runs, gate)
    assert runs.control(run_id, "cancel") == {"run_id": run_id, "status": "running", "stopping": "cancel"}
    run = runs.status_of(run_id, "cancelled")
    assert (statuses(run), run["error"], run["completed_at"] is None) == (
        {"a": "completed", "b": "running", "c": "cancelled"},
        None,
        False,
    )
    gate.let.set()
    until_settled(runs, run_id, "b")
    assert ran(runs) == {"a": 1, "b": 1}


def until_settled(runs, run_id, step_id):
    for _ in range(1000):
        if statuses(runs.request("GET", f"/api/workflows/runs/{run_id}")["run"])[step_id] == "completed":
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{step_id} did not settle")


def test_a_paused_run_goes_on_where_it_stopped(runs: EmbeddedRuns, gate):
    run_id = begun(runs, gate)
    runs.control(run_id, "pause")
    assert runs.status_of(run_id, "paused")["completed_at"] is None
    gate.let.set()
    until_settled(runs, run_id, "b")
    assert runs.control(run_id, "resume") == {"run_id": run_id, "status": "queued"}
    assert statuses(runs.status_of(run_id, "completed")) == dict.fromkeys("abc", "completed")
    assert ran(runs) == {"a": 1, "b": 1, "c": 1}


def test_a_resumed_run_waits_for_what_the_execution_before_has_under_way(runs: EmbeddedRuns, gate):
    run_id = begun(runs, gate)
    runs.control(run_id, "pause")
    runs.status_of(run_id, "paused")
    runs.control(run_id, "resume")
    gate.let.set()
    runs.status_of(run_id, "completed")
    assert ran(runs) == {"a": 1, "b": 1, "c": 1}


def test_a_failed_step_runs_again_and_what_had_finished_does_not(runs: EmbeddedRuns):
    runs.scripts.works = {"b": FailsOnce()}
    run = runs.run(CHAIN)
    assert run["status"] == "failed"
    runs.control(run["id"], "resume")
    again = runs.status_of(run["id"], "completed")
    assert (again["error"], ran(runs)) == (None, {"a": 1, "b": 2, "c": 1})
    assert set(again["output"]) == {"a", "b", "c"}


def test_from_a_step_on_all_that_depends_on_it_runs_again(runs: EmbeddedRuns):
    source = definition(named("a"), named("b", ["a"]), named("side", ["a"]), named("c", ["b", "side"]))
    run = runs.run(source)
    runs.control(run["id"], "resume", {"from_step": "b"})
    runs.status_of(run["id"], "completed")
    assert ran(runs) == {"a": 1, "b": 2, "side": 1, "c": 2}


def test_a_completed_run_that_is_resumed_completes_again_without_running_anything(runs: EmbeddedRuns):
    run = runs.run(CHAIN)
    assert runs.control(run["id"], "resume")["status"] == "queued"
    assert runs.status_of(run["id"], "completed")["output"] == run["output"]
    assert ran(runs) == {"a": 1, "b": 1, "c": 1}


def test_joins_of_branches_open_again(runs: EmbeddedRuns):
    source = definition(named("a"), named("b"), named("c", ["a"]), named("d", ["a", "b"]))
    runs.scripts.works = {"d": FailsOnce()}
    run = runs.run(source)
    runs.control(run["id"], "resume")
    runs.status_of(run["id"], "completed")
    assert ran(runs) == {"a": 1, "b": 1, "c": 1, "d": 2}


@pytest.mark.parametrize("at_once", [1, 41])
def test_only_unfinished_items_of_a_loop_run_again(runs: EmbeddedRuns, at_once):
    runs.scripts.works = {"in": FailsOnce(2)}
    body = [shown("first"), shown("in", ["first"])]
    run = runs.run(definition(loop("each", (), body, max_concurrency=at_once)), {"items": [1, 2]})
    assert run["status"] == "failed"
    runs.control(run["id"], "resume")
    again = runs.status_of(run["id"], "completed")
    each = next(step for step in again["step_runs"] if step["step_id"] == "each")
    assert [entry["in"]["result"] for entry in each["output"]] == [1, 2]
    assert Counter((one.source, one.input) for one in runs.scripts.ran) == {
        ("first", 1): 1,
        ("first", 2): 1,
        ("in", 1): 1,
        ("in", 2): 2,
    }


def test_a_step_in_a_loop_runs_again_for_every_item_and_the_loops_list_is_made_again(runs: EmbeddedRuns):
    body = [shown("first"), shown("in", ["first"])]
    source = definition(named("before"), loop("each", ["before"], body), named("after", ["each"]))
    run = runs.run(source, {"items": [1, 2]})
    runs.scripts.works = {"in": lambda given: given * 10}
    runs.control(run["id"], "resume", {"from_step": "in"})
    again = runs.status_of(run["id"], "completed")
    each = next(step for step in again["step_runs"] if step["step_id"] == "each")
    assert [entry["in"]["result"] for entry in each["output"]] == [10, 20]
    assert ran(runs) == {"before": 1, "first": 2, "in": 4, "after": 2}


def test_a_loop_that_runs_again_goes_over_other_items(runs: EmbeddedRuns):
    source = definition(loop("each", (), [shown("in")]))
    run = runs.run(source, {"items": [1, 2]})
    runs.control(run["id"], "resume", {"from_step": "each", "input_data": {"items": [3]}})
    again = runs.status_of(run["id"], "completed")
    assert [entry["result"] for entry in again["step_runs"][0]["output"]] == [3]
    assert again["input_data"] == {"items": [3]}


def test_conditions_and_handlers_keep_what_they_decided(runs: EmbeddedRuns):
    runs.scripts.works = {"bad": FailsOnce(), "last": FailsOnce()}
    source = definition(
        condition("pick", expression="true", then=["yes"], else_=["no"]),
        *(named("yes"), named("no")),
        named("bad", ["yes"]) | {"on_error": {"goto": "mend"}},
        named("mend"),
        named("last", ["mend"]),
    )
    run = runs.run(source)
    assert run["status"] == "failed"
    runs.control(run["id"], "resume")
    again = runs.status_of(run["id"], "completed")
    assert statuses(again) == {
        "pick": "completed",
        "yes": "completed",
        "no": "skipped",
        "bad": "failed",
        "mend": "completed",
        "last": "completed",
    }
    assert ran(runs) == {"yes": 1, "bad": 1, "mend": 1, "last": 2}


def test_a_wait_keeps_its_moment_over_pause_and_resume(runs: EmbeddedRuns):
    run_id = runs.start(definition(wait("nap", config={"seconds": 2}), named("after", ["nap"])))
    for _ in range(1000):
        if runs.request("GET", f"/api/workflows/runs/{run_id}")["run"]["status"] == "waiting":
            break
        threading.Event().wait(0.01)
    runs.control(run_id, "pause")
    runs.status_of(run_id, "paused")
    runs.control(run_id, "resume")
    nap = runs.status_of(run_id, "completed")["step_runs"][0]
    assert 2000 <= nap["duration_ms"] < 4500
    assert nap["output"]["waited_seconds"] == 2


def test_a_run_that_waits_is_cancelled_at_once(runs: EmbeddedRuns):
    run_id = runs.start(definition(wait("nap", config={"seconds": 3600})))
    for _ in range(1000):
        if runs.request("GET", f"/api/workflows/runs/{run_id}")["run"]["status"] == "waiting":
            break
        threading.Event().wait(0.01)
    runs.control(run_id, "cancel")
    assert statuses(runs.status_of(run_id, "cancelled", seconds=10)) == {"nap": "cancelled"}


def test_queued_runs_are_cancelled_and_deleted(runs: EmbeddedRuns, gate):
    source = {**CHAIN, "config": {"concurrency": {"limit": 1}}}
    first = begun(runs, gate, source)
    workflow = runs.request("GET", f"/api/workflows/runs/{first}")["run"]["workflow_id"]
    second, third = (runs.request("POST", f"/api/workflows/{workflow}/run", {})["run_id"] for _ in range(2))
    assert runs.control(second, "cancel") == {"run_id": second, "status": "cancelled"}
    runs.request("DELETE", f"/api/workflows/runs/{second}")
    answer = runs.request("POST", f"/api/workflows/{workflow}/runs:cancel", {"status": ["queued"]})
    assert answer == {"cancelled": 1, "run_ids": [third], "next_cursor": None}
    gate.let.set()
    assert runs.status_of(first, *FINISHED)["status"] == "completed"
    assert [run["id"] for run in runs.request("GET", f"/api/workflows/{workflow}/runs")["runs"]] == [third, first]
