"""The life of a run through every function, each under AWS's runtime; Step Functions' part is played by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Load = Callable[[str], dict[str, Any]]


@dataclass
class Stack:
    """The functions of one deployment, and the samples that drive them."""

    api: Any
    run_step: Any
    track_run: Any
    reconcile: Any
    states: Any
    event: Load

    def request(self, name: str, **changes: Any) -> tuple[int, Any]:
        event = self.event(f"api/{name}")
        if path := changes.pop("path", None):
            event["rawPath"] = event["requestContext"]["http"]["path"] = path
        if "body" in changes:
            event["body"] = json.dumps(changes.pop("body"))
        answer = self.api.invoke(event)
        return answer["statusCode"], json.loads(answer["body"])

    def create(self, definition: dict[str, Any], slug: str) -> None:
        status, answer = self.request("create_workflow", body={"definition": definition, "slug": slug})
        assert status == 201, answer

    def start(self, slug: str, input_data: dict[str, Any] | None = None) -> str:
        path = f"/api/workflows/{slug}/run"
        status, answer = self.request("start_run", path=path, body={"input_data": input_data or {}})
        assert status == 202, answer
        return str(answer["run_id"])

    def run(self, run_id: str) -> Any:
        status, answer = self.request("get_run", path=f"/api/workflows/runs/{run_id}")
        assert status == 200, answer
        return answer["run"]

    def execution(self, run_id: str) -> dict[str, Any]:
        """The execution that was started for a run, as Step Functions has it."""
        for machine in self.states.list_state_machines()["stateMachines"]:
            arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{run_id}-1"
            try:
                found: dict[str, Any] = self.states.describe_execution(executionArn=arn)
            except self.states.exceptions.ExecutionDoesNotExist:
                continue
            return found
        pytest.fail(f"no execution was started for {run_id}")

    def enter(self, run_id: str, step: str) -> Any:
        """What a Task state does: calls the function with the execution's input and the step's id."""
        return self.run_step.invoke({"run": json.loads(self.execution(run_id)["input"]), "step": step})

    def end(self, run_id: str, name: str) -> Any:
        """Tells that the run's execution ended as the sample event says."""
        event, execution = self.event(f"track_run/{name}"), self.execution(run_id)
        event["detail"] |= {key: execution[key] for key in ("executionArn", "stateMachineArn", "name", "input")}
        return self.track_run.invoke(event)


@pytest.fixture(scope="module")
def stack(start: Any, aws: Any, endpoint: str, event: Load) -> Stack:
    environment = aws.environment | {"AWS_ENDPOINT_URL": endpoint, "RUN_SCRIPT_FUNCTION": "stepweave-run-script"}
    api, run_step, track_run, reconcile = (
        start(function, environment) for function in ("api", "run_step", "track_run", "reconcile")
    )
    return Stack(api, run_step, track_run, reconcile, aws.client("stepfunctions"), event)


def definition(event: Load) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(event("api/create_workflow")["body"])
    return dict(body["definition"])


def test_the_sample_workflow_runs_from_request_to_result(stack: Stack) -> None:
    status, _ = stack.request("create_workflow")
    assert status == 201
    status, answer = stack.request("start_run")
    assert status == 202
    run_id = answer["run_id"]
    assert stack.enter(run_id, "count") == {}
    assert stack.enter(run_id, "enough") == {"branch": "then"}
    assert stack.enter(run_id, "greet") == {}
    assert stack.run(run_id)["status"] == "running"
    assert stack.end(run_id, "succeeded") is None
    run = stack.run(run_id)
    assert (run["status"], run["output"]) == ("completed", {"words": 4, "text": "4 words\n"})
    assert [(step["step_id"], step["status"]) for step in run["step_runs"]] == [
        ("count", "completed"),
        ("enough", "completed"),
        ("greet", "completed"),
    ]


def test_a_step_entered_again_answers_from_its_record(stack: Stack, event: Load) -> None:
    stack.create(definition(event), "again")
    run_id = stack.start("again", {"words": ["to", "be"]})
    assert stack.enter(run_id, "count") == {}
    settled = stack.run(run_id)["step_runs"]
    assert stack.enter(run_id, "count") == {}
    assert stack.run(run_id)["step_runs"] == settled


def test_a_failed_step_fails_its_run_by_the_name_that_asl_matches(stack: Stack) -> None:
    broken = {"language": "shell", "source": "echo secret-of-the-script >&2; exit 3"}
    stack.create({"name": "Broken", "steps": [{"id": "broken", "type": "script", "config": broken}]}, "broken")
    run_id = stack.start("broken")
    answer = stack.enter(run_id, "broken")
    assert answer["errorType"] == "StepFailed"
    assert "secret-of-the-script" not in json.dumps(answer), "an execution's history is no place for outputs"
    stack.end(run_id, "failed")
    run = stack.run(run_id)
    assert (run["status"], run["error"]["code"]) == ("failed", "script_failed")
    assert run["step_runs"][0]["error"]["details"]["exit_code"] == 3


def test_a_step_type_that_has_not_landed_fails_its_run_with_a_code(stack: Stack) -> None:
    ask = {"agent_id": "agent", "goal": "answer"}
    stack.create({"name": "Ask", "steps": [{"id": "ask", "type": "agent_task", "config": ask}]}, "ask")
    run_id = stack.start("ask")
    assert stack.enter(run_id, "ask")["errorType"] == "StepFailed"
    stack.end(run_id, "failed")
    assert stack.run(run_id)["error"]["code"] == "step_type_not_available"


def test_a_wait_tells_its_state_until_when(stack: Stack) -> None:
    stack.create({"name": "Pause", "steps": [{"id": "pause", "type": "wait", "config": {"seconds": 3600}}]}, "pause")
    run_id = stack.start("pause")
    until = stack.enter(run_id, "pause")["until"]
    assert stack.enter(run_id, "pause") == {"until": until}, "the due time is fixed when the wait is first entered"
    assert stack.run(run_id)["step_runs"][0]["status"] == "waiting"


@pytest.mark.parametrize(("sample", "status"), [("timed_out", "timed_out"), ("aborted", "cancelled")])
def test_an_execution_ends_its_run_in_every_way_it_can_end(stack: Stack, sample: str, status: str) -> None:
    slug = f"ends-{sample.replace('_', '-')}"
    stack.create({"name": slug, "steps": [{"id": "pause", "type": "wait", "config": {"seconds": 3600}}]}, slug)
    run_id = stack.start(slug)
    stack.enter(run_id, "pause")
    assert stack.end(run_id, sample) is None
    assert stack.run(run_id)["status"] == status
    assert stack.end(run_id, "succeeded") is None
    assert stack.run(run_id)["status"] == status, "a finished run changes no more"


@pytest.mark.parametrize("sample", ["succeeded", "failed", "timed_out", "aborted"])
def test_the_end_of_an_unknown_run_changes_nothing(stack: Stack, event: Load, sample: str) -> None:
    assert stack.track_run.invoke(event(f"track_run/{sample}")) is None


@pytest.mark.parametrize("sample", ["script", "condition", "collect", "await"])
def test_a_fault_of_ours_leaves_its_text_in_the_log_alone(stack: Stack, event: Load, sample: str) -> None:
    """The samples are of a workflow that this stack has no plan of."""
    plan = event(f"run_step/{sample}")["run"]["plan"]
    answer = stack.run_step.invoke(event(f"run_step/{sample}"))
    assert (answer["errorType"], answer["errorMessage"]) == ("StepCrashed", "")
    assert plan not in json.dumps(answer)
    [line] = [line for line in stack.run_step.logged()[-1:] if line.get("message") == "step_crashed"]
    assert plan in line["exception"]


def test_a_payload_that_no_machine_sends_is_an_error_by_name(stack: Stack) -> None:
    assert stack.run_step.invoke({})["errorType"] == "KeyError"
    assert stack.track_run.invoke({})["errorType"] == "KeyError"


def test_reconcile_says_what_it_looked_at(stack: Stack, event: Load) -> None:
    answer = stack.reconcile.invoke(event("reconcile/every_five_minutes"))
    assert answer["repaired"] == 0
