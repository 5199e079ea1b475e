"""A stack that is updated from the release before this one loses no run that is under way."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Api
from acceptance.deployment import Deployment, build, deploy, first_key
from acceptance.emulator import ROOT, WORK, Emulator
from definitions import definition, script, wait

BEFORE = "12049d14fcae5a10861fc525e4bf6d5ae5bcaaae"
"""The commit of the release before this one: whoever makes a release moves it."""
STACK = "upgraded"
SIGNALLED = definition(
    wait("ask", config={"signal": "go"}),
    script("b"),
    script("c", ["ask"]),
    script("d", ["ask", "b"]),
    config={"concurrency": {"limit": 1}},
)


@pytest.fixture(scope="module")
def before() -> Path:
    """That release as `sam build` left it."""
    archived = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, timeout=60, check=False)
    if archived.returncode:
        pytest.skip(f"the commit {BEFORE} of the release before is not here: {archived.stderr.decode().strip()}")
    folder = WORK / f"before-{BEFORE[:12]}"
    with tarfile.open(fileobj=BytesIO(archived.stdout)) as files:
        files.extractall(folder / "source", filter="data")
    build(folder / "source", folder / "build", WORK / "run" / "scratch")
    return folder / "build"


def test_runs_that_wait_queue_and_await_finish_after_the_update(deployment: Deployment, before: Path) -> None:
    outputs = deploy(deployment.emulator, before, STACK)
    stack = Deployment(deployment.emulator, STACK, outputs, first_key(deployment.emulator, STACK))
    api = Api(stack.url, stack.key)
    asleep = api.start(definition(wait("w", config={"seconds": 30}), script("then", ["w"])))
    asking = api.start(SIGNALLED)
    workflow = api.until(asking, lambda run: run["status"] == "waiting")["workflow_id"]
    queued = str(api.post(f"/api/workflows/{workflow}/run", {})["run_id"])
    ended = api.over(api.start(definition(script("a"))))
    assert (api.run(queued)["status"], api.run(asleep)["status"]) == ("queued", "waiting")

    old = code_of(deployment.emulator, "RunStepFunction")
    stack.outputs = deploy(deployment.emulator, WORK / "build", STACK)
    assert stack.url == api.url
    assert code_of(deployment.emulator, "RunStepFunction") != old

    assert api.run(ended["id"])["status"] == "completed"
    for run_id in (asking, queued):
        api.until(run_id, lambda run: run["status"] == "waiting")
        api.post(f"/api/workflows/runs/{run_id}/signals", {"name": "go", "payload": {}})
        assert completed(api, run_id) == {"ask", "b", "c", "d"}
    assert completed(api, asleep) == {"w", "then"}
    assert completed(api, str(api.post(f"/api/workflows/{ended['workflow_id']}/run", {})["run_id"])) == {"a"}


def code_of(emulator: Emulator, function: str) -> str:
    found = emulator.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=function)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    configuration = emulator.client("lambda").get_function_configuration(FunctionName=name)
    return str(configuration["CodeSha256"])


def completed(api: Api, run_id: str) -> set[Any]:
    run = api.over(run_id, seconds=90)
    assert run["status"] == "completed", run
    return {step["step_id"] for step in run["step_runs"] if step["status"] == "completed"}
