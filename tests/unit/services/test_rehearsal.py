"""Rehearsals: what a run would do, without any effect."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from definitions import condition, definition, loop, request, script, wait
from fakes.samples import a_version, a_workflow
from fakes.workflows import FakeWorkflows
from stepweave.errors import Invalid, NotFound
from stepweave.services.rehearsal import MAX_SECONDS, Rehearsal, RehearsalPorts, rehearse_definition, rehearse_workflow
from stepweave.services.rehearsal_mocks import Mock, MockError
from stepweave.steps.condition import condition as condition_body
from stepweave.steps.wait import wait as wait_body

BROKEN = MockError("broken", "It is broken.", "permanent")
SLOW = MockError("timeout", "Too slow.", "timeout")


def the_ports(seconds: Any = lambda: 0.0) -> RehearsalPorts:
    numbers = count(1)
    return RehearsalPorts(
        bodies={"condition": condition_body(), "wait": wait_body()},
        new_id=lambda kind: f"{kind}_{next(numbers)}",
        clock=lambda: datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        seconds=seconds,
    )


def rehearse(*steps: Any, mocks: Any = None, given: Any = None, **more: Any) -> dict[str, Any]:
    return rehearse_definition(definition(*steps, **more), Rehearsal(given or {}, mocks or {}), the_ports())


def statuses(found: dict[str, Any]) -> dict[str, str]:
    rows = found["run"]["step_runs"]
    return {row["step_id"] + (f"@{row['iteration']}" if "iteration" in row else ""): row["status"] for row in rows}


def row(found: dict[str, Any], step_id: str) -> Any:
    return next(each for each in found["run"]["step_runs"] if each["step_id"] == step_id)


def shows(step_id: str, after: Any, expression: str) -> Any:
    made = script(step_id, after)
    made["config"]["input"] = f"{{{{ {expression} }}}}"
    return made


def test_steps_yield_what_their_mocks_say_and_others_read_it():
    steps = [request("fetch"), shows("show", ["fetch"], "steps.fetch.output.body.n + input.n")]
    found = rehearse(*steps, mocks={"fetch": Mock({"body": {"n": 1}})}, given={"n": 2})
    assert found["run"]["status"] == "completed"
    assert found["run"]["output"]["fetch"] == {"output": {"body": {"n": 1}}}
    assert found["trace"][-2]["config"]["input"] == 3
    assert found["trace"][-2]["played_by"] == "assumption"


def test_steps_without_a_mock_yield_the_shape_of_success_and_are_named():
    agent = {"id": "think", "type": "agent_task", "config": {"agent_id": "a", "goal": "g"}}
    hook = {"id": "hook", "type": "webhook", "config": {"url": "https://example.com/"}}
    found = rehearse(request("fetch"), script("run"), agent, hook)
    assert sorted(found["assumed"]) == ["fetch", "hook", "run", "think"]
    assert row(found, "fetch")["output"] == {"status_code": 200, "headers": {}, "body": None}
    assert row(found, "run")["output"]["exit_code"] == 0
    assert row(found, "think")["output"] is None


def test_waits_take_no_time_but_what_they_would_take_is_shown():
    found = rehearse(wait("nap", config={"duration": "90d"}), script("after", ["nap"]))
    assert row(found, "nap")["duration_seconds"] == 90 * 86400
    assert row(found, "after")["started_at"] > "2027-01-31"
    assert [event["event"] for event in found["trace"] if event["step_id"] == "nap"] == [
        *("attempt", "waiting", "attempt", "completed"),
    ]


def test_retries_are_made_until_the_mock_yields():
    found = rehearse(script("a"), mocks={"a": Mock("fine", SLOW, times=2)})
    assert (row(found, "a")["output"], row(found, "a")["attempt"], row(found, "a")["duration_seconds"]) == (
        "fine",
        3,
        3,
    )


def test_pauses_as_long_as_the_state_machine_waits_for_take_no_time_either():
    slow = script("a", retry={"initial_interval": "1h", "maximum_interval": "1h", "max_attempts": 3})
    found = rehearse(slow, mocks={"a": Mock("fine", SLOW, times=2)})
    assert (row(found, "a")["status"], row(found, "a")["duration_seconds"]) == ("completed", 7200)


def test_a_failure_that_nothing_handles_fails_the_run_and_what_is_under_way_finishes():
    steps = [script("a"), script("b"), script("c", ["a"]), script("d", ["b"])]
    found = rehearse(*steps, mocks={"a": Mock(error=BROKEN)})
    assert statuses(found) == {"a": "failed", "b": "completed", "c": "cancelled", "d": "cancelled"}
    error = found["run"]["error"]
    assert (error["code"], error["message"]) == ("broken", "Step 'a' failed: It is broken.")


def test_handlers_conditions_and_whens_are_what_they_are_in_a_run():
    steps = [
        script("a", on_error={"goto": "mend"}),
        *(script("mend"), script("b", ["a"]), script("c", ["mend"], when="steps.mend.output.n > 1")),
        condition("which", ["mend"], "steps.mend.output.n = 1", then=["x"], else_=["y"]),
        *(script("x"), script("y"), script("end", ["x", "y"])),
    ]
    found = rehearse(*steps, mocks={"a": Mock(error=BROKEN), "mend": Mock({"n": 1})})
    ended = {name for name, status in statuses(found).items() if status == "completed"}
    assert ended == {"mend", "which", "x", "end"}
    assert {name for name, status in statuses(found).items() if status == "skipped"} == {"b", "c", "y"}


def test_a_mocked_condition_takes_the_branch_that_it_is_told():
    steps = [condition("which", (), "input.missing = 1", then=["x"], else_=["y"]), script("x"), script("y")]
    found = rehearse(*steps, mocks={"which": Mock({"branch": "then"})})
    assert statuses(found) == {"which": "completed", "x": "completed", "y": "skipped"}


def test_items_run_at_most_so_many_at_once_and_one_of_them_has_a_mock_of_its_own():
    nap = wait("nap", ["in"], config={"seconds": 10})
    each = loop("each", (), [shows("in", (), "item"), nap], items=[1, 2, 3], max_concurrency=2)
    found = rehearse(each, mocks={"in@1": Mock("special")})
    assert found["run"]["duration_seconds"] == 20
    assert [entry["in"] for entry in row(found, "each")["output"]][1] == "special"
    assert statuses(found)["nap@2"] == "completed"


def test_an_item_that_fails_ends_the_loop_or_is_collected():
    for on_item_error, expected in (("fail", "failed"), ("continue", "completed")):
        body = [script("in"), script("next", ["in"])]
        each = loop("each", (), body, items=[1, 2, 3], max_concurrency=1, on_item_error=on_item_error)
        found = rehearse(each, script("after", ["each"]), mocks={"in@1": Mock(error=BROKEN)})
        assert found["run"]["status"] == expected
        assert ("next@2" in statuses(found)) == (on_item_error == "continue")


def test_loops_in_loops_and_over_nothing():
    inner = loop("inner", (), [shows("deep", (), "$string(item) & '-' & $string(outer)")], items="[1..outer]")
    found = rehearse(loop("l", (), [inner], items=[0, 2], item_name="outer"))
    assert [name for name in statuses(found) if name.startswith("deep")] == ["deep@1.0", "deep@1.1"]
    assert row(found, "l")["output"][0] == []


def test_a_loop_that_is_mocked_whole_has_no_iterations():
    each = loop("each", (), [script("in")], items="input.none")
    found = rehearse(each, shows("after", ["each"], "$count(steps.each.output)"), mocks={"each": Mock([1, 2])})
    assert statuses(found) == {"each": "completed", "after": "completed"}
    assert found["run"]["output"]["each"] == {"output": [1, 2]}


def test_a_loop_ends_at_its_time():
    each = loop("each", (), [wait("nap", config={"seconds": 10})], items=[1, 2, 3], max_concurrency=1)
    found = rehearse(each | {"timeout_seconds": 25})
    assert (found["run"]["status"], found["run"]["error"]["code"]) == ("failed", "timeout")
    assert found["run"]["duration_seconds"] == 25


def test_a_run_ends_at_its_time():
    found = rehearse(wait("nap", config={"seconds": 100}), config={"run_timeout": "60s"})
    assert (found["run"]["status"], found["run"]["duration_seconds"]) == ("timed_out", 60)


def test_outputs_of_the_run_are_evaluated():
    found = rehearse(script("a"), mocks={"a": Mock({"n": 2})}, outputs={"n": "{{ steps.a.output.n * 2 }}"})
    assert found["run"]["output"] == {"n": 4}
    failed = rehearse(script("a"), mocks={"a": Mock({})}, outputs={"n": "{{ steps.a.output.n * 2 }}"})
    assert (failed["run"]["status"], failed["run"]["error"]["code"]) == ("failed", "output_expression")


def test_a_signal_has_come_when_it_is_waited_for():
    steps = [wait("approve", config={"signal": "ok"}), shows("after", ["approve"], "steps.approve.output.by")]
    found = rehearse(*steps, mocks={"approve": Mock({"by": "me"})})
    assert (found["run"]["status"], found["trace"][-2]["config"]["input"]) == ("completed", "me")
    assert rehearse(steps[0])["assumed"] == ["approve"]


def test_secrets_are_their_names():
    fetch = request("fetch", headers={}) | {"config": {"url": "https://x.de/", "headers": {"A": "{{ secrets.key }}"}}}
    fetch.pop("headers")
    found = rehearse(fetch)
    assert found["trace"][0]["config"]["headers"] == {"A": "<secret key>"}


@pytest.mark.parametrize(
    ("mocks", "path", "said"),
    [
        ({"fetsch": Mock(1)}, "/mocks/fetsch", "Did you mean 'fetch'?"),
        ({"in@0.1": Mock(1)}, "/mocks/in@0.1", "'in' is inside 1 loops"),
        ({"in@first": Mock(1)}, "/mocks/in@first", "one item by its index"),
        ({"which": Mock({"branch": "cases/0"})}, "/mocks/which/output", "one of else, then"),
        ({"which": Mock(True)}, "/mocks/which/output", "names the branch"),
    ],
)
def test_mocks_that_fit_no_step_are_refused(mocks: Any, path: str, said: str):
    steps = [request("fetch"), condition("which", then=["x"]), script("x"), loop("l", (), [script("in")])]
    with pytest.raises(Invalid) as refused:
        rehearse(*steps, mocks=mocks)
    (fault,) = refused.value.faults
    assert fault.path == path
    assert said in fault.message


def test_the_input_is_checked_and_completed_as_for_a_run():
    schema = {"type": "object", "properties": {"n": {"type": "integer", "default": 7}}}
    found = rehearse(shows("a", (), "input.n"), config={"input": schema})
    assert found["trace"][0]["config"]["input"] == 7
    with pytest.raises(Invalid) as refused:
        rehearse(script("a"), given={"n": "x"}, config={"input": schema})
    assert refused.value.faults[0].path == "/input_data/n"


def test_a_definition_with_problems_is_refused_with_all_of_them():
    with pytest.raises(Invalid) as refused:
        rehearse(script("a", ["b"]), script("a"))
    assert refused.value.code == "definition_invalid"
    assert len(refused.value.faults) == 2


def test_a_rehearsal_is_bounded_in_steps_and_in_time():
    each = loop("each", (), [script("in")], items="[1..6000]")
    with pytest.raises(Invalid) as refused:
        rehearse(each)
    assert refused.value.code == "rehearsal_too_long"
    times = iter([0.0, MAX_SECONDS + 1])
    with pytest.raises(Invalid) as late:
        rehearse_definition(definition(script("a")), Rehearsal(), the_ports(lambda: next(times)))
    assert late.value.code == "rehearsal_too_long"


def test_a_rehearsal_is_bounded_in_what_it_keeps_and_shows():
    each = loop("each", (), [shows("in", (), "$pad('x', 3000)")], items="[1..600]")
    found = rehearse(each, mocks={"in": Mock("x" * 100_000)})
    assert row(found, "each")["status"] == "failed"
    assert found["run"]["error"]["details"]["error"]["code"] == "output_too_large"
    assert sum("config" in event for event in found["trace"]) < 350


def test_a_version_of_a_workflow_is_rehearsed_and_nothing_of_it_changes():
    workflows = FakeWorkflows()
    first = a_version(definition=definition(script("a")), number=1)
    second = a_version(definition=definition(script("b")), number=2)
    workflows.create(a_workflow(version=2, status="archived"), second)
    workflows.versions["wf_1", 1] = first
    ports = the_ports()
    newest = rehearse_workflow("wf_1", Rehearsal(), ports, workflows=workflows)
    older = rehearse_workflow("wf_1", Rehearsal(version=1), ports, workflows=workflows)
    assert (list(statuses(newest)), newest["run"]["workflow_version"]) == (["b"], 2)
    assert (list(statuses(older)), older["run"]["workflow_version"]) == (["a"], 1)
    with pytest.raises(NotFound):
        rehearse_workflow("wf_1", Rehearsal(version=3), ports, workflows=workflows)


@pytest.mark.parametrize("condition", ["input.ready = true", "{{ input.ready = true }}"])
def test_a_wait_for_a_condition_goes_on_at_once(condition):
    found = rehearse(wait("nap", config={"condition": condition}), script("after", ["nap"]))
    assert found["run"]["status"] == "completed"
    assert row(found, "nap")["output"] == {"waited_seconds": 0}
    assert "nap" in found["assumed"]


def test_a_condition_that_cannot_be_evaluated_fails_its_wait_in_a_rehearsal_too():
    found = rehearse(wait("nap", config={"condition": "$error('no')"}))
    assert row(found, "nap")["error"]["code"] == "expression_failed"
