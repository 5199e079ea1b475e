import json
from typing import Any

import pytest

from definitions import condition, definition, request, script, wait
from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets

AGENT = {"id": "think", "type": "agent_task", "config": {"agent_id": "a", "goal": "g"}}


def _machine(*steps: dict[str, Any], targets: Targets | None = None, **config: Any) -> dict[str, Any]:
    compiled = compile_definition(definition(*steps, config=config))
    assert compiled.problems == ()
    machine: dict[str, Any] = json.loads(compile_asl(compiled, targets or Targets("run-step", "run-agent")))
    return machine


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
    assert retry[0] == {"ErrorEquals": ["StepFailed", "RunStopped", "StepRetryLater"], "MaxAttempts": 0}
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
    names: list[str] = []

    def collect(machine: dict[str, Any]) -> None:
        for name, state in machine["States"].items():
            names.append(name)
            for strand in state.get("Branches", ()):
                collect(strand)

    collect(_machine(*steps, *twice))
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 80


def test_forks_that_begin_with_the_same_step_have_names_of_their_own() -> None:
    steps = [script("a"), script("b"), script("c", ["a", "b"]), script("d")]
    text = json.dumps(_machine(*steps))
    assert '"a and 1 more"' in text
    assert '"a and 1 more (2)"' in text


def test_agents_have_a_function_of_their_own_where_there_is_one() -> None:
    assert _machine(AGENT)["States"]["think"]["Resource"] == "run-agent"
    assert _machine(AGENT, targets=Targets("run-step"))["States"]["think"]["Resource"] == "run-step"
    assert _machine(script("a"))["States"]["a"]["Resource"] == "run-step"


@pytest.mark.parametrize(("limit", "seconds"), [("5m", 300), (0.2, 1), (1.5, 2)])
def test_the_time_limit_of_a_run_is_that_of_the_machine(limit: Any, seconds: int) -> None:
    assert _machine(script("a"), run_timeout=limit)["TimeoutSeconds"] == seconds
    assert "TimeoutSeconds" not in _machine(script("a"))
