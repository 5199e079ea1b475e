"""Every function that works on records, under AWS's runtime: its samples cold and warm, AWS that refuses, AWS that does
not answer; and what API Gateway, Step Functions and EventBridge see of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parents[3] / "events"
SECONDS = 5
RETRIED_BY_NO_STATE = {"StepFailed", "LoopOver", "RunStopped", "StepRetryLater"}
Load = Callable[[str], dict[str, Any]]


def samples(function: str) -> list[str]:
    return sorted(f"{function}/{path.stem}" for path in (EVENTS / function).glob("*.json"))


def is_as_wanted(function: str, answer: Any) -> bool:
    """Samples are of runs that this stack has not got: there is nothing to do, but for a step, which is a fault; of an
    agent that a user asked, nobody waits."""
    match function:
        case "api":
            return answer["statusCode"] < 500
        case "run_step" | "run_agent" if answer is not None:
            return bool(answer["errorType"] == "StepCrashed" and answer["errorMessage"] == "")
        case "reconcile":
            return bool(answer["repaired"] == 0)
        case _:
            return answer is None or "errorType" not in answer


def is_a_fault(function: str, answer: Any) -> bool:
    """What its caller takes for one: a status, an error that a state retries, or any error, for EventBridge."""
    match function:
        case "api":
            problem = json.loads(answer["body"])
            return answer["statusCode"] >= 500 and problem["status"] == answer["statusCode"]
        case "run_step" | "run_agent":
            return answer["errorType"] not in RETRIED_BY_NO_STATE
        case _:
            return "errorType" in answer


@pytest.mark.parametrize(
    "function", ["admit_run", "api", "fire_schedule", "reconcile", "run_agent", "run_step", "track_run"]
)
def test_a_function_answers_its_samples_and_tells_its_faults(
    start: Any, aws: Any, gate: Any, event: Load, function: str
) -> None:
    url, state = gate
    state.mode = "open"
    one = start(function, aws.environment | {"AWS_ENDPOINT_URL": url}, timeout=SECONDS)
    for name in samples(function) * 2:
        answer = one.invoke(event(name))
        assert is_as_wanted(function, answer), (name, answer)

    calls_aws = samples(function)[0]
    state.mode = "denies"
    answer = one.invoke(event(calls_aws))
    assert is_a_fault(function, answer), answer
    if function in {"api", "run_step", "run_agent"}:
        assert "secret-of-the-account" not in json.dumps(answer)

    state.mode = "deaf"
    assert one.invoke_text(event(calls_aws)) == f"Task timed out after {SECONDS}.00 seconds"
    state.mode = "open"
    assert is_as_wanted(function, one.invoke(event(calls_aws))), "it starts anew after it was cut off"


@pytest.mark.parametrize("function", ["run_step", "run_agent", "track_run", "admit_run", "fire_schedule"])
def test_what_nobody_sends_is_an_error_by_name(start: Any, aws: Any, function: str) -> None:
    assert start(function, aws.environment).invoke({})["errorType"] == "KeyError"
