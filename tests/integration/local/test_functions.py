"""Functions in this process behave towards their callers as on Lambda."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

CALL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
    "End": True,
}


class Refused(Exception):
    """An error of ours, whose name a state machine matches."""


def invoke(lab: Any, event: Any = None) -> tuple[Any, Any]:
    answer = lab.functions.invoke(FunctionName="f", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def test_event_and_answer_pass_through_json(lab: Any) -> None:
    lab.handlers["f"] = lambda event, _: {"got": event, "pair": (1, 2)}
    assert invoke(lab, {"a": 1}) == ({"got": {"a": 1}, "pair": [1, 2]}, None)


def test_the_class_of_an_exception_is_the_type_of_the_error(lab: Any) -> None:
    def handler(*_: Any) -> None:
        raise Refused("no good")

    lab.handlers["f"] = handler
    payload, error = invoke(lab)
    assert (payload["errorType"], payload["errorMessage"]) == ("Refused", "no good")
    assert error


def test_a_state_machine_catches_an_exception_by_the_name_of_its_class(lab: Any) -> None:
    def handler(*_: Any) -> None:
        raise Refused("no good")

    lab.handlers["f"] = handler
    task = CALL | {"Catch": [{"ErrorEquals": ["Refused"], "Next": "B"}]}
    machine = lab.machine({"A": task, "B": {"Type": "Pass", "Result": "caught", "End": True}})
    assert lab.end_of(lab.start(machine))["output"] == '"caught"'


def test_an_answer_that_is_no_json_is_an_error(lab: Any) -> None:
    lab.handlers["f"] = lambda *_: object()
    assert invoke(lab)[0]["errorType"] == "Runtime.MarshalError"


def test_an_answer_over_6_mib_is_an_error(lab: Any) -> None:
    lab.handlers["f"] = lambda *_: "x" * (6 * 1024 * 1024)
    assert invoke(lab)[0]["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_event_over_6_mib_is_refused(lab: Any) -> None:
    lab.handlers["f"] = lambda *_: None
    with pytest.raises(ClientError) as caught:
        invoke(lab, "x" * (6 * 1024 * 1024))
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_the_context_tells_what_lambda_tells(lab: Any) -> None:
    lab.handlers["f"] = lambda _, context: {
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "request": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
    }
    told, _ = invoke(lab)
    assert told["name"] == "f"
    assert told["arn"].endswith(":function:f")
    assert told["memory"] == "512"
    assert len(told["request"]) == 36
    assert 890_000 < told["left"] <= 900_000
