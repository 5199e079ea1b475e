"""What Step Functions does with compiled machines, on an engine that is not the embedded one."""

from typing import Any

from definitions import definition, loop, request, script, wait

N = (script("a"), script("b", source="sleep 1"), script("c", ["a"]), script("d", ["a", "b"]))


def statuses(run: dict[str, Any]) -> dict[str, str]:
    return {step["step_id"]: step["status"] for step in run["step_runs"] if "iteration" not in step}


def spans(run: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {step["step_id"]: (step["started_at"], step["completed_at"]) for step in run["step_runs"]}


def test_an_order_that_cannot_be_nested_is_held_by_awaits(api: Any) -> None:
    run = api.over(api.start(definition(*N)))
    took = spans(run)
    assert (run["status"], set(statuses(run).values())) == ("completed", {"completed"})
    assert took["c"][0] < took["b"][1], "c does not wait for b, which is still at work"
    assert took["d"][0] >= max(took["a"][1], took["b"][1])


def test_a_failure_ends_what_awaits_it(api: Any) -> None:
    failing = [step if step["id"] != "b" else script("b", source="exit 3") for step in N]
    run = api.over(api.start(definition(*failing)))
    assert (run["status"], run["error"]["code"], statuses(run)["d"]) == ("failed", "script_failed", "cancelled")


def test_twelve_steps_that_await_each_other_all_complete(api: Any) -> None:
    names = [f"s{number}" for number in range(12)]
    steps = [
        script(name, [names[at] for at in (index - 1, index - 3, index - 4) if at >= 0])
        for index, name in enumerate(names)
    ]
    run = api.over(api.start(definition(*steps)))
    assert set(statuses(run).values()) == {"completed"}
    took = spans(run)
    for step in steps:
        assert all(took[each][1] <= took[step["id"]][0] for each in step["depends_on"])


def test_a_loop_runs_inline(api: Any) -> None:
    double = script("double", source='echo "$((2 * {{ item }}))" > "$STEPWEAVE_RESULT"')
    steps = loop("l", [], [double], items="[1..6]", max_concurrency=3)
    run = api.over(api.start(definition(steps, outputs={"doubled": "{{ steps.l.output.result }}"})))
    assert (run["status"], run["output"]) == ("completed", {"doubled": [2, 4, 6, 8, 10, 12]})


def test_a_loop_that_may_run_more_than_forty_at_once_is_distributed(api: Any, deployment: Any) -> None:
    each = {"id": "each", "type": "condition", "config": {"expression": "item > 3"}}
    count = {"count": "{{ $count(steps.l.output[result]) }}"}
    run_id = api.start(definition(loop("l", [], [each], items="[1..8]", max_concurrency=45), outputs=count))
    run = api.over(run_id, seconds=120)
    assert (run["status"], run["output"]) == ("completed", {"count": 5})
    states = deployment.emulator.client("stepfunctions")
    machines = states.list_state_machines()["stateMachines"]
    [machine] = [each for each in machines if run["workflow_id"] in each["name"]]
    compiled = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]
    assert '"Mode":"DISTRIBUTED"' in compiled.replace(" ", "")


def test_a_signal_goes_on_with_the_run_that_waits_for_it(api: Any) -> None:
    asks = wait("ask", config={"signal": "go"})
    run_id = api.start(definition(asks, script("then", ["ask"]), outputs={"told": "{{ steps.ask.output }}"}))
    api.until(run_id, lambda run: run["status"] == "waiting")
    api.post(f"/api/workflows/runs/{run_id}/signals", {"name": "go", "payload": {"by": "us"}})
    run = api.over(run_id)
    assert (run["status"], run["output"]) == ("completed", {"told": {"by": "us"}})


def test_a_run_that_waits_is_cancelled_and_one_that_is_paused_goes_on(api: Any) -> None:
    run_id = api.start(definition(wait("w", config={"seconds": 600})))
    api.until(run_id, lambda run: run["status"] == "waiting")
    api.post(f"/api/workflows/runs/{run_id}/cancel", {})
    assert api.over(run_id)["status"] == "cancelled"

    run_id = api.start(definition(wait("w", config={"signal": "go"}), script("then", ["w"])))
    api.until(run_id, lambda run: run["status"] == "waiting")
    api.post(f"/api/workflows/runs/{run_id}/pause", {})
    assert api.over(run_id)["status"] == "paused"
    api.post(f"/api/workflows/runs/{run_id}/resume", {})
    api.until(run_id, lambda run: run["status"] == "waiting")
    api.post(f"/api/workflows/runs/{run_id}/signals", {"name": "go"})
    assert api.over(run_id)["status"] == "completed"


def test_a_step_that_fails_is_retried_by_its_state_later(api: Any) -> None:
    """Beyond 20 s the state machine waits, on the path of failures."""
    retry = {"max_attempts": 2, "initial_interval": 21, "on": ["any"]}
    gone = request("get", url="http://127.0.0.1:9/", retry=retry)
    run = api.over(api.start(definition(gone)), seconds=90)
    [step] = run["step_runs"]
    assert (run["status"], step["attempt"], run["error"]["code"]) == ("failed", 2, "connection_failed")
