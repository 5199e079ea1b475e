"""Waits for conditions on the embedded stack."""

from datetime import UTC, datetime, timedelta

from definitions import definition, loop, script, wait
from embedded_runs import EmbeddedRuns


def until(name, condition, after=(), **config):
    return wait(name, after, config={"condition": condition, "interval_seconds": 1, **config})


def in_seconds(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def rows(run):
    return {step["step_id"] + (step.get("iteration") or ""): step for step in run["step_runs"]}


def test_a_wait_looks_until_its_condition_holds_and_writes_the_events_of_its_looks(runs: EmbeddedRuns):
    runs.scripts.works = {}
    opens = "$toMillis(input.opens) <= $millis()"
    run = runs.run(definition(until("open", opens), script("after", ["open"])), {"opens": in_seconds(1.2)})
    assert run["status"] == "completed"
    waited = rows(run)["open"]["output"]["waited_seconds"]
    assert 0 < waited < 10
    history = runs.history(run["id"])
    looks = sum(event.get("stateEnteredEventDetails", {}).get("name") == "open" for event in history)
    assert looks >= 2
    assert len(history) == 2 + looks * (5 + 2) + (looks - 1) * 2 + 5


def test_a_condition_that_holds_in_no_time_fails_and_its_failure_can_be_handled(runs: EmbeddedRuns):
    runs.scripts.works = {}
    never = until("never", "{{ 1 = 2 }}", timeout_seconds=1) | {"on_error": {"goto": "late"}}
    run = runs.run(definition(never, script("late"), until("last", "true", ["late"])))
    assert run["status"] == "completed"
    found = rows(run)
    assert (found["never"]["error"]["code"], found["never"]["attempt"]) == ("timeout", 1)
    assert found["late"]["status"] == "completed"
    assert found["last"]["output"]["waited_seconds"] < 1


def test_each_item_of_a_loop_waits_for_its_own(runs: EmbeddedRuns):
    each = loop("each", [], [until("open", "item = 1")], items=[1, 1])
    assert runs.run(definition(each))["status"] == "completed"


def test_a_condition_that_cannot_be_evaluated_fails_its_wait(runs: EmbeddedRuns):
    broken = until("broken", "$error('no')")
    run = runs.run(definition(broken))
    assert (run["status"], rows(run)["broken"]["error"]["code"]) == ("failed", "expression_failed")
