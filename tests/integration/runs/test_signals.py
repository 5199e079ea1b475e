"""Waits for signals on the embedded stack."""

import threading
import time

import pytest

from definitions import definition, loop, script, wait
from embedded_runs import EmbeddedRuns


def ask(name="ask", after=(), **config):
    return wait(name, after, config={"signal": "go", **config})


def telling(name, after, given):
    return script(name, after) | {"config": {"language": "shell", "source": name, "input": given}}


def signal(runs: EmbeddedRuns, run_id, payload=None, name="go"):
    body = {"name": name, "payload": payload}
    return runs.request("POST", f"/api/workflows/runs/{run_id}/signals", body)


def until_it_waits(runs: EmbeddedRuns, run_id, count=1):
    """The waits of a run, once there are so many."""
    for _ in range(1000):
        found = runs.request("POST", f"/api/workflows/runs/{run_id}/approvals")["approvals"]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError("the run does not wait")


def outputs(run):
    return {step["step_id"] + (step.get("iteration") or ""): step["output"] for step in run["step_runs"]}


def test_a_signal_ends_a_wait_and_its_payload_is_the_output(runs: EmbeddedRuns):
    after = telling("told", ["ask"], {"said": "{{ steps.ask.output.by }}"})
    run_id = runs.start(definition(ask(), after))
    until_it_waits(runs, run_id)
    assert runs.request("GET", f"/api/workflows/runs/{run_id}")["run"]["status"] == "waiting"
    assert signal(runs, run_id, {"by": "Ada"})["delivered"] is True
    run = runs.end_of(run_id)
    assert run["status"] == "completed"
    assert outputs(run)["ask"] == {"by": "Ada"}
    assert outputs(run)["told"]["result"] == {"said": "Ada"}


def test_a_signal_that_comes_before_the_wait_is_kept_for_it(runs: EmbeddedRuns):
    sent = threading.Event()
    runs.scripts.works = {"first": lambda _: sent.wait(20)}
    run_id = runs.start(definition(script("first", source="first"), ask(after=["first"])))
    assert signal(runs, run_id, 7)["delivered"] is False
    sent.set()
    assert outputs(runs.end_of(run_id))["ask"] == 7


def test_a_wait_that_no_signal_ends_in_time_fails_and_its_failure_can_be_handled(runs: EmbeddedRuns):
    steps = [ask(timeout_seconds=1) | {"on_error": {"goto": "late"}}, script("late"), script("next", ["ask"])]
    run = runs.run(definition(*steps), seconds=30)
    found = {step["step_id"]: step for step in run["step_runs"]}
    assert run["status"] == "completed"
    assert found["ask"]["error"]["code"] == "timeout"
    assert (found["late"]["status"], found["next"]["status"]) == ("completed", "skipped")


def test_without_a_handler_the_time_out_fails_the_run(runs: EmbeddedRuns):
    run = runs.run(definition(ask(timeout_seconds=1)), seconds=30)
    assert (run["status"], run["error"]["code"]) == ("failed", "timeout")


def test_each_iteration_of_a_loop_waits_for_a_signal_of_its_own_and_the_oldest_goes_first(runs: EmbeddedRuns):
    source = definition(loop("each", [], [ask()], items="[1..3]", max_concurrency=1))
    run_id = runs.start(source)
    for number in range(3):
        while until_it_waits(runs, run_id)[0]["iteration"] != str(number):
            time.sleep(0.01)
        signal(runs, run_id, number)
    run = runs.end_of(run_id)
    assert outputs(run)["each"] == [0, 1, 2]


def test_waits_side_by_side_get_signals_in_the_order_in_which_they_were_entered(runs: EmbeddedRuns):
    run_id = runs.start(definition(*(ask(f"ask{number}") for number in range(3))))
    waits = until_it_waits(runs, run_id, 3)
    asked = [each["asked_at"] for each in waits]
    assert asked == sorted(asked)
    for number in range(3):
        signal(runs, run_id, number)
    run = runs.end_of(run_id)
    assert [outputs(run)[each["step_id"]] for each in waits] == [0, 1, 2]


def test_the_name_of_a_signal_may_be_an_expression(runs: EmbeddedRuns):
    run_id = runs.start(definition(ask(signal="paid {{ input.order }}")), {"order": 12})
    assert until_it_waits(runs, run_id)[0]["signal"] == "paid 12"
    signal(runs, run_id, True, "paid 12")
    assert outputs(runs.end_of(run_id))["ask"] is True


@pytest.mark.parametrize("written", ["{{ 12 }}", "{{ ' go' }}", "{{ input.none }}"])
def test_a_name_that_is_none_fails_the_step(runs: EmbeddedRuns, written):
    run = runs.run(definition(ask(signal=written)))
    assert run["status"] == "failed"


def test_a_link_made_before_the_wait_decides_it_without_a_key(runs: EmbeddedRuns):
    notify = telling("notify", [], {"link": "{{ run.approvals.ask }}"})
    run_id = runs.start(
        definition(notify, ask(after=["notify"], message="Release {{ input.version }}?")), {"version": 3}
    )
    waits = until_it_waits(runs, run_id)
    link = runs.scripts.ran[0].input["link"]
    assert waits[0]["url"].endswith(link)
    asked = runs.request("GET", link)
    assert (asked["status"], asked["message"]) == ("open", "Release 3?")
    decided = runs.request("POST", link, {"approved": False, "comment": "Not yet"})
    assert decided["decision"] == {"approved": False, "comment": "Not yet"}
    assert outputs(runs.end_of(run_id))["ask"] == {"approved": False, "comment": "Not yet"}


def test_a_wait_for_a_signal_writes_as_many_events_as_were_estimated(runs: EmbeddedRuns):
    run_id = runs.start(definition(ask()))
    until_it_waits(runs, run_id)
    signal(runs, run_id)
    runs.end_of(run_id)
    assert len(runs.history(run_id)) == 2 + 5 + 6 + 5
