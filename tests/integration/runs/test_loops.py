"""Loops, run on the embedded stack."""

import threading
from collections import Counter

import pytest

from definitions import condition, definition, loop, script, wait
from embedded_runs import EmbeddedRuns, Fails


def shown(step_id, after=(), **more):
    """A script whose result is the item, and whose source is its id."""
    made = script(step_id, after, source=step_id, **more)
    made["config"]["input"] = "{{ item }}"
    return made


def row(run, step_id, iteration=None):
    return next(s for s in run["step_runs"] if (s["step_id"], s.get("iteration")) == (step_id, iteration))


def fail_if(bad):
    def work(given):
        if given == bad:
            raise Fails
        return given

    return work


def test_a_loop_runs_its_steps_for_each_item_and_what_follows_reads_the_list(runs: EmbeddedRuns):
    after = script("after", ["each"])
    after["config"]["input"] = "{{ $sum(steps.each.output.result) }}"
    run = runs.run(definition(loop("each", (), [shown("in")]), after), {"items": [1, 2, 3]})
    assert run["status"] == "completed"
    assert [entry["result"] for entry in row(run, "each")["output"]] == [1, 2, 3]
    assert row(run, "after")["output"]["result"] == 6
    assert row(run, "in", "2")["output"]["result"] == 3


def test_a_loop_over_nothing_completes(runs: EmbeddedRuns):
    run = runs.run(definition(loop("each", (), [shown("in")]), script("after", ["each"])), {"items": []})
    assert (run["status"], row(run, "each")["output"], row(run, "after")["status"]) == ("completed", [], "completed")


def test_a_skipped_loop_leaves_no_steps_of_its_own(runs: EmbeddedRuns):
    source = definition(loop("each", (), [shown("in")]) | {"when": "false"})
    run = runs.run(source, {"items": [1]})
    assert [(step["step_id"], step["status"]) for step in run["step_runs"]] == [("each", "skipped")]


def test_no_more_items_run_at_once_than_the_loop_says(runs: EmbeddedRuns):
    lock, now, most = threading.Lock(), Counter(), []

    def work(given):
        with lock:
            now["running"] += 1
            most.append(now["running"])
        threading.Event().wait(0.02)
        with lock:
            now["running"] -= 1

    runs.scripts.works = {"in": work}
    run = runs.run(definition(loop("each", (), [shown("in")], max_concurrency=3)), {"items": list(range(12))})
    assert run["status"] == "completed"
    assert 1 < max(most) <= 3


def test_an_item_that_fails_fails_the_run_and_names_the_item(runs: EmbeddedRuns):
    runs.scripts.works = {"in": fail_if(2)}
    run = runs.run(definition(loop("each", (), [shown("in")], max_concurrency=1)), {"items": [1, 2, 3]})
    assert (run["status"], run["error"]["code"]) == ("failed", "item_failed")
    assert (run["error"]["details"]["step_id"], run["error"]["details"]["index"]) == ("each", 1)
    assert [ran.input for ran in runs.scripts.ran] == [1, 2]


def test_an_item_of_a_distributed_loop_that_fails_fails_the_run_as_in_any_other(runs: EmbeddedRuns):
    runs.scripts.works = {"in": fail_if(2)}
    source = definition(loop("each", (), [shown("in"), shown("next", ["in"])], max_concurrency=41))
    run = runs.run(source, {"items": [1, 2, 3]})
    assert (run["status"], run["error"]["code"]) == ("failed", "item_failed")
    assert run["error"]["details"]["index"] == 1
    again = runs.run(source, {"items": [1, 3]})
    assert [entry["next"]["result"] for entry in row(again, "each")["output"]] == [1, 3]


@pytest.mark.parametrize("most", [1, 41])
def test_a_loop_whose_time_is_over_fails_at_once_and_none_of_its_steps_goes_on(runs: EmbeddedRuns, most):
    body = [shown("in"), wait("nap", ["in"], config={"seconds": 600}), shown("next", ["nap"], on_error="continue")]
    each = loop("each", (), body, max_concurrency=most, on_item_error="continue") | {"timeout_seconds": 1}
    source = definition(each | {"on_error": "continue"}, script("after", ["each"]))
    run = runs.run(source, {"items": [1, 2, 3]}, seconds=30)
    assert (run["status"], row(run, "after")["status"]) == ("completed", "completed")
    assert (row(run, "each")["status"], row(run, "each")["error"]["code"]) == ("failed", "timeout")
    assert {step["step_id"] for step in run["step_runs"]} == {"each", "in", "nap", "after"}
    assert row(run, "nap", "0")["error"]["code"] == "timeout"


def test_a_loop_that_failed_is_handled_like_any_step(runs: EmbeddedRuns):
    runs.scripts.works = {"in": fail_if(2)}
    each = loop("each", (), [shown("in")]) | {"on_error": {"goto": "mend"}}
    run = runs.run(definition(each, script("mend"), script("after", ["each"])), {"items": [1, 2, 3]})
    assert run["status"] == "completed"
    assert [row(run, name)["status"] for name in ("each", "mend", "after")] == ["failed", "completed", "skipped"]


@pytest.mark.parametrize("steps", [[shown("in")], [shown("in"), shown("side"), shown("out", ["in"])]])
def test_a_loop_that_goes_on_after_failures_collects_them(runs: EmbeddedRuns, steps):
    runs.scripts.works = {"in": fail_if(2)}
    run = runs.run(definition(loop("each", (), steps, on_item_error="continue")), {"items": [1, 2, 3]})
    assert run["status"] == "completed"
    output = row(run, "each")["output"]
    assert [set(entry) == {"error"} for entry in output] == [False, True, False]
    assert output[1]["error"]["details"]["step_id"] == "in"


def test_an_await_inside_an_iteration_that_failed_does_not_hang(runs: EmbeddedRuns):
    runs.scripts.works = {"b": fail_if(2)}
    n = [shown("a"), shown("b"), shown("c", "a"), shown("d", "ab")]
    run = runs.run(definition(loop("each", (), n, on_item_error="continue")), {"items": [1, 2, 3]}, seconds=30)
    output = row(run, "each")["output"]
    assert [sorted(entry) for entry in output] == [["a", "b", "c", "d"], ["error"], ["a", "b", "c", "d"]]


def test_loops_conditions_and_waits_in_a_loop(runs: EmbeddedRuns):
    inner = loop("inner", ["nap"], [shown("deep")], items="[item.n..item.n + 1]", item_name="part")
    inner["config"]["steps"][0]["config"]["input"] = "{{ item.n * 10 + part }}"
    body = [
        condition("big", expression="item.n > 1", then=["yes"], else_=["no"]),
        *(shown("yes"), shown("no"), wait("nap", ["yes", "no"], config={"seconds": 0}), inner),
    ]
    run = runs.run(definition(loop("each", (), body)), {"items": [{"n": 1}, {"n": 2}]})
    assert run["status"] == "completed"
    first, second = row(run, "each")["output"]
    assert ("yes" in first, "no" in first, "yes" in second, "no" in second) == (False, True, True, False)
    assert [entry["result"] for entry in second["inner"]] == [22, 23]
    assert row(run, "yes", "0")["status"] == "skipped"
    assert row(run, "deep", "1.0")["output"]["result"] == 22


def test_a_thousand_items_run_once_each(runs: EmbeddedRuns):
    source = definition(loop("each", (), [shown("in")], max_concurrency=10))
    run_id = runs.start(source, {"items": list(range(1000))})
    run = runs.end_of(run_id, seconds=120)
    assert run["status"] == "completed"
    assert sorted(ran.input for ran in runs.scripts.ran) == list(range(1000))
