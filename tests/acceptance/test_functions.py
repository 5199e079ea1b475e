"""Every function of the stack, called with every sample of `events/`."""

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.deployment import Deployment
from acceptance.emulator import ROOT
from definitions import definition, script

SAMPLES = sorted((ROOT / "events").glob("*/*.json"))
LOGICAL = {path.name: "".join(part.title() for part in path.name.split("_")) for path in (ROOT / "functions").iterdir()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_is_answered(deployment: Deployment, sample: Path) -> None:
    """Samples name runs that this stack has not got: a step of such a run is a fault, told by the name of its class."""
    answer = call(deployment, sample.parent.name, sample.read_bytes())
    payload = json.loads(answer["Payload"].read())
    match sample.parent.name:
        case "run_step" | "run_agent" if sample.stem != "direct_execution":
            assert payload["errorType"] == "StepCrashed"
        case "api":
            assert payload["statusCode"] < 500
        case _:
            assert "FunctionError" not in answer, payload


def call(deployment: Deployment, function: str, payload: bytes) -> Any:
    found = deployment.emulator.client("cloudformation").describe_stack_resource(
        StackName=deployment.stack, LogicalResourceId=f"{LOGICAL[function]}Function"
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    return deployment.emulator.client("lambda").invoke(FunctionName=name, Payload=payload)


def test_every_function_has_a_sample() -> None:
    assert {sample.parent.name for sample in SAMPLES} == set(LOGICAL)


def test_a_delayed_run_starts_at_its_time(api: Any) -> None:
    run_id = api.start(definition(script("a")), delay=1)
    assert api.run(run_id)["status"] == "queued"
    assert api.over(run_id)["status"] == "completed"


def test_an_agent_that_nobody_put_is_told(api: Any) -> None:
    ask = {"id": "ask", "type": "agent_task", "config": {"agent_id": "nobody", "goal": "answer"}}
    assert api.over(api.start(definition(ask)))["error"]["code"] == "agent_not_found"
