import json
from collections.abc import Iterator
from typing import Any

import pytest

from definitions import condition, definition, loop, request, script, wait
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets

AGENT = {"id": "think", "type": "agent_task", "config": {"agent_id": "a", "goal": "g"}}


def _machine(*steps: dict[str, Any], targets: Targets | None = None, **config: Any) -> dict[str, Any]:
    compiled = compile_definition(definition(*steps, config=config))
    assert compiled.problems == ()
    machine: dict[str, Any] = json.loads(compile_asl(compiled, targets or Targets("run-step", "run-agent")))
    return machine


def _names(machine: dict[str, Any]) -> Iterator[str]:
    """Of all states, however deep."""
    for name, state in machine["States"].items():
        yield name
        for part in [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from _names(part)


def test_a_task_carries_ids_only() -> None:
    source = "echo {{ secrets.key }}"
    text = json.dumps(_machine(script("a", [], source), env={"TOKEN": "hidden"}))
    assert "secrets" not in text
    assert "hidden" not in text
    assert _machine(script("a"))["States"]["a"]["Parameters"] == {"run.$": "$", "step": "a"}


def test_an_ordinary_step_is_one_state() -> None:
    machine = _machine(script("a"))
    assert machine["StartAt"] == "a"
    assert list(machine["States"]) == ["a"]
    assert "Catch" not in machine["States"]["a"]
    assert machine["States"]["a"]["End"] is True


def test_the_users_failures_are_not_retried_and_a_dead_function_is() -> None:
    retry = _machine(script("a", retry={"max_attempts": 5}))["States"]["a"]["Retry"]
    assert retry[0] == {"ErrorEquals": ["StepFailed", "LoopOver", "RunStopped", "StepRetryLater"], "MaxAttempts": 0}
    assert retry[1]["ErrorEquals"] == ["StepBusy", "Lambda.TooManyRequestsException"]
    assert retry[1]["MaxAttempts"] == 300
    assert retry[2]["ErrorEquals"] == ["States.ALL"]
    assert retry[2]["MaxAttempts"] == 9


@pytest.mark.parametrize(
    ("step", "pauses"),
    [
        (script("a"), False),
        (script("a", retry={"initial_interval": 20}), True),
        (script("a", retry={"initial_interval": 20, "max_attempts": 1}), False),
        (script("a", retry={"max_attempts": 100, "maximum_interval": 19}), False),
        (script("a", retry={"max_attempts": 100}), True),
        (request("a"), True),
        (request("a", retry={"max_attempts": 1}), False),
    ],
)
def test_a_long_pause_before_a_retry_is_waited_for_by_the_machine(step: dict[str, Any], pauses: bool) -> None:
    states = _machine(step)["States"]
    assert ("a pause" in states) is pauses
    if pauses:
        assert states["a"]["Catch"] == [{"ErrorEquals": ["StepRetryLater"], "ResultPath": "$.later", "Next": "a later"}]
        assert states["a later"]["Next"] == "a pause"
        assert states["a pause"]["Next"] == "a"


def test_a_wait_is_entered_again_when_its_time_has_come() -> None:
    states = _machine(wait("a"))["States"]
    assert states["a"]["ResultPath"] == "$.wait"
    assert states["a wait"] == {"Type": "Wait", "TimestampPath": "$.wait.until", "Next": "a wake"}
    assert states["a wake"]["Parameters"] == {"run.$": "$", "step": "a"}


def test_a_choice_jumps_over_blocks_that_are_not_taken() -> None:
    states = _machine(condition("c", then=["x"]), script("x"), script("j", ["x", "c"]))["States"]
    assert states["c"]["ResultSelector"] == {"branch.$": "$.branch"}
    assert states["c branch"]["Choices"] == [{"Variable": "$.taken.branch", "StringEquals": "then", "Next": "x"}]
    assert states["c branch"]["Default"] == "j"


def test_a_choice_at_the_end_has_a_state_to_end_in() -> None:
    states = _machine(condition("c", then=["x"]), script("x"))["States"]
    assert states["c branch"]["Default"] == "c done"
    assert states["c done"] == {"Type": "Succeed"}


def _n(**more: Any) -> list[dict[str, Any]]:
    return [script("a"), script("b"), script("c", ["a"]), script("d", ["a", "b"], **more)]


def test_an_await_hands_its_token_to_the_function_and_has_no_time_limit_of_its_own() -> None:
    arn = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f"
    machine = _machine(*_n(), targets=Targets(arn))
    state = machine["States"]["a and 1 more"]["Branches"][1]["States"]["d await"]
    assert state["Resource"] == "arn:aws-us-gov:states:::lambda:invoke.waitForTaskToken"
    payload = {"run.$": "$", "await": "d await", "token.$": "$$.Task.Token"}
    assert state["Parameters"] == {"FunctionName": arn, "Payload": payload}
    assert state["Retry"][0] == {"ErrorEquals": ["RunStopped"], "MaxAttempts": 0}
    assert "TimeoutSeconds" not in state
    assert (state["ResultPath"], state["Next"]) == (None, "d")


def test_a_loop_is_a_task_a_map_and_a_task_that_collects() -> None:
    states = _machine(loop("l", [], [script("x")], max_concurrency=3), script("end", ["l"]))["States"]
    assert states["l"]["ResultSelector"] == {"positions.$": "$.positions"}
    each = states["l each"]
    assert each["ItemsPath"] == "$.loop.positions"
    assert each["ItemSelector"]["position.$"] == "$$.Map.Item.Value"
    assert each["ItemSelector"].keys() == {
        *("run_id.$", "execution.$", "workflow_id.$", "version.$", "plan.$", "position.$"),
    }
    assert each["MaxConcurrency"] == 3
    assert each["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert each["ItemProcessor"]["States"]["x"]["OutputPath"] is None
    assert states["l done"]["Parameters"] == {"run.$": "$", "step": "l", "collect": True}
    assert states["l done"]["Next"] == "end"


def test_a_loop_over_an_expression_is_distributed_where_it_has_more_items_than_fit() -> None:
    body = [*_n(), loop("m", ["d"], [wait("w")], items=[1, 2], on_item_error="continue")]
    machine = _machine(loop("l", [], body))
    states = machine["States"]
    assert states["l"]["Next"] == "l count"
    (beyond,) = states["l count"]["Choices"]
    assert beyond == {"Variable": beyond["Variable"], "IsPresent": True, "Next": "l each *"}
    assert 200 < int(beyond["Variable"].removeprefix("$.loop.positions[").removesuffix("]")) < 400
    assert states["l count"]["Default"] == "l each"
    apart, inline = states["l each *"], states["l each"]
    assert (apart["ItemProcessor"]["ProcessorConfig"]["Mode"], apart["Next"]) == ("DISTRIBUTED", "l done")
    assert _unmarked(apart) | {"ItemProcessor": 0} == inline | {"ItemProcessor": 0}
    assert _unmarked(apart["ItemProcessor"]["States"]) == inline["ItemProcessor"]["States"]


def _unmarked(states: dict[str, Any]) -> dict[str, Any]:
    """Without what tells the names apart of states that stand twice."""
    found: dict[str, Any] = json.loads(json.dumps(states).replace(' *"', '"'))
    return found


def test_positions_are_not_carried_on_after_the_map() -> None:
    each = _machine(loop("l", [], [script("x")]))["States"]["l each"]
    assert (each["ResultSelector"], each["ResultPath"]) == ({}, "$.loop")


def test_a_failure_in_a_loop_goes_where_the_loop_says() -> None:
    stops = _machine(loop("l", [], [script("x")]))["States"]["l each"]
    errors = ["StepFailed", "LoopOver", "States.ExceedToleratedFailureThreshold"]
    assert stops["Catch"] == [{"ErrorEquals": errors, "ResultPath": "$.loop", "Next": "l done"}]
    assert "Catch" not in stops["ItemProcessor"]["States"]["x"]
    body = [*_n(on_error="continue"), script("e", ["c", "d"]), script("f", ["e"], on_error="continue")]
    goes_on = _machine(loop("l", [], body, on_item_error="continue"))["States"]["l each"]
    inside = goes_on["ItemProcessor"]["States"]
    failed = [{"ErrorEquals": ["StepFailed"], "ResultPath": None, "Next": "l item failed"}]
    assert goes_on["Catch"] == stops["Catch"]
    assert inside["a and 1 more"]["Catch"] == inside["e"]["Catch"] == failed
    assert "Catch" not in inside["f"]
    assert inside["l item failed"] == {"Type": "Succeed", "OutputPath": None}


def test_where_no_failure_can_end_an_iteration_there_is_no_state_for_it() -> None:
    body = [script("x", on_error="continue")]
    each = _machine(loop("l", [], body, on_item_error="continue"))["States"]["l each"]
    assert list(each["ItemProcessor"]["States"]) == ["x"]


def test_more_than_forty_at_once_are_a_distributed_map_of_standard_executions() -> None:
    each = _machine(loop("l", [], [script("x")], max_concurrency=41))["States"]["l each"]
    assert each["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert each["MaxConcurrency"] == 41


def test_strands_put_out_nothing() -> None:
    machine = _machine(condition("c", then=["x"]), script("x"), script("k"))
    fork = machine["States"][machine["StartAt"]]
    ends = [state for strand in fork["Branches"] for state in strand["States"].values() if "Next" not in state]
    assert fork["ResultPath"] is None
    assert len(ends) == 4
    assert all(state["OutputPath"] is None for state in ends if state["Type"] != "Choice")


def test_state_names_are_unique_in_the_whole_machine_and_short_enough() -> None:
    long = "x" * 60
    steps = [script(f"{long}_a"), script(f"{long}_b", [f"{long}_a"]), script(f"{long}_c", [f"{long}_a"]), request("z")]
    twice = [
        condition("c", then=["p", "q"]),
        script("p"),
        script("q"),
        script("j", ["p"]),
        script("l", ["q"]),
        script("m", ["c"]),
    ]
    names = list(_names(_machine(*steps, *twice)))
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 80


def test_forks_that_begin_with_the_same_step_have_names_of_their_own() -> None:
    steps = [script("a"), script("b"), script("c", ["a", "b"]), script("d")]
    text = json.dumps(_machine(*steps))
    assert '"a and 1 more"' in text
    assert '"a and 1 more (2)"' in text


def test_names_that_are_told_apart_stay_short_enough() -> None:
    first = "a" * 64
    body = [script(first), script("b"), script("c", [first, "b"]), script("d")]
    names = list(_names(_machine(loop("each", [], body))))
    assert sum(name.startswith("aaa") and name.endswith(" (2)") for name in names) == 2
    assert len(set(names)) == len(names)
    assert max(map(len, names)) == 80


def test_agents_have_a_function_of_their_own_where_there_is_one() -> None:
    assert _machine(AGENT)["States"]["think"]["Resource"] == "run-agent"
    assert _machine(AGENT, targets=Targets("run-step"))["States"]["think"]["Resource"] == "run-step"
    assert _machine(script("a"))["States"]["a"]["Resource"] == "run-step"


@pytest.mark.parametrize(("limit", "seconds"), [("5m", 300), (0.2, 1), (1.5, 2)])
def test_the_time_limit_of_a_run_is_that_of_the_machine(limit: Any, seconds: int) -> None:
    assert _machine(script("a"), run_timeout=limit)["TimeoutSeconds"] == seconds
    assert "TimeoutSeconds" not in _machine(script("a"))


def test_a_wait_for_a_condition_is_one_task_that_is_entered_until_it_answers_no_moment() -> None:
    states = _machine(wait("a", config={"condition": "input.ready"}), script("b", ["a"]))["States"]
    assert states["a"]["Next"] == "a again"
    is_due = {"Variable": "$.wait.until", "IsPresent": True, "Next": "a wait"}
    assert states["a again"] == {"Type": "Choice", "Choices": [is_due], "Default": "b"}
    assert states["a wait"] == {"Type": "Wait", "TimestampPath": "$.wait.until", "Next": "a"}
