"""Step Functions on the laptop refuses and limits what AWS refuses and limits."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker

PASS = {"Type": "Pass", "End": True}
WAIT = {"Type": "Wait", "Seconds": 300, "End": True}
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def test_a_known_name_with_another_definition_is_refused(lab: Any) -> None:
    lab.machine({"A": PASS})
    with pytest.raises(ClientError) as caught:
        lab.machine({"B": PASS})
    assert code(caught) == "StateMachineAlreadyExists"


def test_a_known_name_with_the_same_definition_gives_the_same_machine(lab: Any) -> None:
    assert lab.machine({"A": PASS}) == lab.machine({"A": PASS})


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({"A": {"Type": "Pass", "Next": "Nowhere"}}, "unknown state 'Nowhere' at /States/A/Next"),
        ({"A": PASS, "B": PASS}, "nothing leads to the state at /States/B"),
        ({"A": {"Type": "Pass"}}, "one of Next and End is needed"),
        ({"A" * 81: PASS}, "at most 80 characters"),
        ({"A": CALL | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}}, "/States/A/Catch/0/Next"),
        (
            {"P": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "P", "States": {"P": PASS}}]}},
            "'P' names more than one state",
        ),
    ],
)
def test_a_machine_that_cannot_run_is_refused_when_it_is_created(lab: Any, states: Any, said: str) -> None:
    with pytest.raises(ClientError, match="InvalidDefinition") as caught:
        lab.machine(states)
    assert said in str(caught.value)


def test_a_machine_whose_start_is_unknown_is_refused(lab: Any) -> None:
    with pytest.raises(ClientError, match="unknown state 'B' at /StartAt"):
        lab.machine({"A": PASS}, StartAt="B")


def test_the_same_name_and_input_while_running_gives_the_same_execution(lab: Any) -> None:
    machine = lab.machine({"A": WAIT})
    assert lab.start(machine) == lab.start(machine)


def test_the_same_name_with_another_input_is_refused(lab: Any) -> None:
    machine = lab.machine({"A": WAIT})
    lab.start(machine)
    with pytest.raises(ClientError) as caught:
        lab.start(machine, text='{"other": 1}')
    assert code(caught) == "ExecutionAlreadyExists"


def test_the_name_of_a_closed_execution_is_refused(lab: Any) -> None:
    machine = lab.machine({"A": PASS})
    lab.end_of(lab.start(machine))
    with pytest.raises(ClientError) as caught:
        lab.start(machine)
    assert code(caught) == "ExecutionAlreadyExists"


def test_an_input_over_256_kib_is_refused(lab: Any) -> None:
    machine = lab.machine({"A": PASS})
    with pytest.raises(ClientError) as caught:
        lab.start(machine, text=json.dumps({"a": "x" * 256 * 1024}))
    assert code(caught) == "ValidationException"


def test_an_answer_over_256_kib_fails_the_execution(lab: Any) -> None:
    lab.handlers["f"] = lambda *_: "x" * 256 * 1024
    detail = lab.end_of(lab.start(lab.machine({"A": CALL})))
    assert (detail["status"], detail["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_name_with_forbidden_characters_is_refused(lab: Any) -> None:
    machine = lab.machine({"A": PASS})
    with pytest.raises(ClientError) as caught:
        lab.start(machine, name="a b")
    assert code(caught) == "InvalidName"


def test_a_stopped_execution_keeps_error_and_cause(lab: Any) -> None:
    execution = lab.start(lab.machine({"A": WAIT}))
    lab.states.stop_execution(executionArn=execution, error="Cancelled", cause="by hand")
    described = lab.states.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Cancelled", "by hand")
    assert lab.end_of(execution)["status"] == "ABORTED"


def test_a_stop_does_not_wait_for_the_function_under_way(lab: Any) -> None:
    entered, leave = threading.Event(), threading.Event()

    def handler(*_: Any) -> None:
        entered.set()
        leave.wait(20)

    lab.handlers["f"] = handler
    execution = lab.start(lab.machine({"A": CALL}))
    assert entered.wait(20)
    lab.states.stop_execution(executionArn=execution)
    assert lab.states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    leave.set()
    assert [event["detail"]["status"] for event in lab.events] == ["ABORTED"]


def test_an_execution_can_be_stopped_right_after_its_start(lab: Any) -> None:
    machine = lab.machine({"A": WAIT})
    for number in range(20):
        execution = lab.start(machine, name=f"run_{number}")
        lab.states.stop_execution(executionArn=execution)
        assert lab.end_of(execution)["status"] == "ABORTED"


def test_the_end_of_an_execution_is_told_in_the_shape_of_aws(lab: Any) -> None:
    execution = lab.start(lab.machine({"A": PASS}), text='{"a": 1}')
    detail = lab.end_of(execution)
    event = lab.events[0]
    assert event["source"] == "aws.states"
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [execution]
    assert (detail["name"], detail["status"], json.loads(detail["output"])) == ("run_1", "SUCCEEDED", {"a": 1})
    assert isinstance(detail["startDate"], int)
    assert detail["startDate"] <= detail["stopDate"]


def test_an_execution_past_its_time_is_told_as_timed_out(lab: Any) -> None:
    execution = lab.start(lab.machine({"A": WAIT}, TimeoutSeconds=1))
    assert lab.end_of(execution)["status"] == "TIMED_OUT"


def test_a_time_out_inside_a_parallel_can_be_caught_outside(lab: Any) -> None:
    leave = threading.Event()
    lab.handlers["f"] = lambda *_: leave.wait(20)
    branch = {"StartAt": "B", "States": {"B": CALL | {"TimeoutSeconds": 1}}}
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    parallel = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True}
    machine = lab.machine({"P": parallel, "Caught": {"Type": "Pass", "Result": "caught", "End": True}})
    detail = lab.end_of(lab.start(machine))
    leave.set()
    assert (detail["status"], detail["output"]) == ("SUCCEEDED", '"caught"')


def test_a_failed_task_token_keeps_its_cause(lab: Any) -> None:
    tokens: list[str] = []
    got = threading.Event()

    def handler(event: Any, _: Any) -> None:
        tokens.append(event["token"])
        got.set()

    lab.handlers["f"] = handler
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
    execution = lab.start(lab.machine({"A": task}))
    assert got.wait(20)
    lab.states.send_task_failure(taskToken=tokens[0], error="Refused", cause="no good")
    detail = lab.end_of(execution)
    assert (detail["error"], detail["cause"]) == ("Refused", "no good")


def test_the_oldest_finished_executions_are_forgotten(lab: Any) -> None:
    machine = lab.machine({"A": PASS})
    executions = [lab.start(machine, name=f"run_{number}") for number in range(1010)]
    for execution in executions:
        lab.end_of(execution)
    pages = lab.states.get_paginator("list_executions").paginate(stateMachineArn=machine)
    assert sum(len(page["executions"]) for page in pages) == 1000


def test_a_branch_that_was_stopped_before_it_began_ends_quietly(lab: Any) -> None:
    """moto stops the branches of a Parallel when one fails, and starts those whose thread comes late all the same."""

    class Stopped:
        def is_running(self) -> bool:
            return False

    class Late:
        env = Stopped()
        ended: ClassVar[list[Any]] = []

        def eval(self, env: Any) -> None:
            raise RuntimeError("Could not set NextState value")

        def on_terminated(self, env: Any) -> None:
            self.ended.append(env)

    late = Late()
    worker = BranchWorker(late, late, late.env)
    worker._worker_thread = threading.current_thread()
    worker._thread_routine()
    assert late.ended == [late.env]


def test_the_time_limit_of_a_state_that_is_stopped_as_it_begins_is_still_a_number(lab: Any) -> None:
    """moto leaves out what comes after the stop, and then takes the state's input for the number."""

    class Stopped:
        stack: ClassVar[list[Any]] = [{"the": "input"}]

        def is_running(self) -> bool:
            return False

    stopped: Any = Stopped()
    TimeoutSeconds(30).eval(stopped)
    assert stopped.stack == [{"the": "input"}, 30]


def test_a_branch_that_breaks_while_it_runs_is_still_told(lab: Any) -> None:
    class Running:
        def is_running(self) -> bool:
            return True

    class Broken:
        def eval(self, env: Any) -> None:
            raise RuntimeError("broken")

    worker = BranchWorker(None, Broken(), Running())
    worker._worker_thread = threading.current_thread()
    with pytest.raises(RuntimeError, match="broken"):
        worker._thread_routine()


def test_a_wait_for_a_time_ends_when_that_has_come_in_utc_and_not_before(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        at = datetime.now(UTC) + timedelta(seconds=0.7)
        arn = lab.machine({"W": {"Type": "Wait", "TimestampPath": "$.at", "End": True}})
        lab.states.start_execution(stateMachineArn=arn, name="a", input=json.dumps({"at": at.isoformat()[:23] + "Z"}))
        with lab.told:
            assert lab.told.wait_for(lambda: lab.events, timeout=10)
        assert at.timestamp() - 0.001 <= time.time() < at.timestamp() + 2
    finally:
        monkeypatch.undo()
        time.tzset()
