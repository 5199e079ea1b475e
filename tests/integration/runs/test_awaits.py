"""Orders that Step Functions cannot nest, run on the embedded stack: nothing waits for what it need not."""

import threading

import pytest

from definitions import condition, definition, script, wait
from embedded_runs import EmbeddedRuns, Fails

N = definition(*(script(name, after, source=name) for name, after in (("a", ""), ("b", ""), ("c", "a"), ("d", "ab"))))


def statuses(run):
    return {step["step_id"]: step["status"] for step in run["step_runs"]}


def test_a_step_starts_while_one_that_it_does_not_wait_for_is_still_at_work(runs: EmbeddedRuns):
    c_works = threading.Event()
    runs.scripts.works = {"b": lambda _: c_works.wait(30), "c": lambda _: c_works.set()}
    run = runs.run(N)
    assert run["status"] == "completed"
    assert next(step for step in run["step_runs"] if step["step_id"] == "b")["output"]["result"] is True
    spans = runs.spans()
    assert spans["c"].start < spans["b"].end
    assert spans["d"].start >= max(spans["a"].end, spans["b"].end)


@pytest.mark.parametrize("last", ["a", "b"])
def test_a_join_waits_for_the_last_whichever_it_is(runs: EmbeddedRuns, last):
    other_settled = threading.Event()
    first = "ab".replace(last, "")
    runs.scripts.works = {last: lambda _: other_settled.wait(0.3), first: lambda _: other_settled.set()}
    assert runs.run(N)["status"] == "completed"
    spans = runs.spans()
    assert spans["d"].start >= max(spans["a"].end, spans["b"].end)


def test_a_step_that_was_skipped_lets_a_join_go_on(runs: EmbeddedRuns):
    steps = [script("a"), script("b", when="false"), script("c", "a"), script("d", "ab")]
    assert statuses(runs.run(definition(*steps))) == dict.fromkeys("acd", "completed") | {"b": "skipped"}


def test_a_block_that_a_choice_jumped_over_lets_a_join_go_on(runs: EmbeddedRuns):
    steps = [
        condition("which", expression="false", then=["x"], else_=["y"]),
        *(script("x"), script("x2", ["x"]), script("y"), script("b")),
        *(script("c", ["b"]), script("d", ["x2", "b"]), script("e", ["x2", "y"])),
    ]
    run = runs.run(definition(*steps))
    assert run["status"] == "completed"
    assert {name for name, status in statuses(run).items() if status == "skipped"} == {"x", "x2"}


def test_a_failure_that_is_handled_lets_a_join_go_on(runs: EmbeddedRuns):
    def fail(_):
        raise Fails

    runs.scripts.works = {"b": fail}
    steps = [script("a"), script("b", source="b", on_error="continue"), script("c", "a"), script("d", "ab")]
    run = runs.run(definition(*steps))
    assert statuses(run) == dict.fromkeys("acd", "completed") | {"b": "failed"}
    assert run["status"] == "completed"


def test_a_failure_that_ends_the_run_ends_the_await_too(runs: EmbeddedRuns):
    def fail(_):
        raise Fails

    runs.scripts.works = {"b": fail}
    run = runs.run(N, seconds=20)
    assert (run["status"], run["error"]["code"]) == ("failed", "script_failed")
    assert statuses(run)["d"] == "cancelled"


def test_a_machine_with_awaits_releases_each_of_them_once(runs: EmbeddedRuns):
    names = [f"s{number}" for number in range(12)]
    steps = [
        script(name, [names[at] for at in (i - 1, i - 3, i - 4) if at >= 0], source=name)
        for i, name in enumerate(names)
    ]
    run_id = runs.start(definition(*steps))
    assert runs.end_of(run_id)["status"] == "completed"
    spans = runs.spans()
    for step in steps:
        assert all(spans[each].end <= spans[step["id"]].start for each in step["depends_on"])


def test_a_run_that_waits_on_an_await_ends_at_its_time(runs: EmbeddedRuns):
    steps = [script("a"), wait("b", config={"seconds": 60}), script("c", "a"), script("d", "ab")]
    run = runs.run(definition(*steps, config={"run_timeout": 1}), seconds=20)
    assert (run["status"], statuses(run)["d"]) == ("timed_out", "cancelled")
