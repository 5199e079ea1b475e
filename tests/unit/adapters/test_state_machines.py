"""What Step Functions is told of a machine, and what it answers to a token."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from stepweave.adapters.state_machines import StateMachines
from stepweave.errors import Unavailable


def sent(code: str) -> None:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("stepfunctions", region_name="eu-central-1", **keys)
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code, expected_params={"taskToken": "t", "output": "{}"})
        StateMachines(client, role_arn="", log_group_arn="").send_success("t")


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_nobody_waits_for_any_more_is_sent_in_vain(code: str) -> None:
    sent(code)


def test_a_token_that_could_not_be_sent_is_an_error_so_that_it_is_sent_again() -> None:
    with pytest.raises(Unavailable):
        sent("ThrottlingException")
    with pytest.raises(ClientError):
        sent("AccessDeniedException")


def asked_for(**settings: Any) -> dict[str, Any]:
    """What CreateStateMachine was sent, beside what every machine has."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("stepfunctions", region_name="eu-central-1", **keys)
    answer = {"stateMachineArn": "arn:m", "creationDate": datetime(2026, 1, 1, tzinfo=UTC)}
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.stepfunctions", lambda params, **_: sent.update(params))
    with Stubber(client) as stub:
        stub.add_response("create_state_machine", answer)
        assert StateMachines(client, role_arn="r" * 20, log_group_arn="", **settings).ensure("m", "{}") == "arn:m"
    return {name: sent[name] for name in ("tracingConfiguration", "tags") if name in sent}


def test_a_machine_is_traced_and_tagged_where_that_is_wanted() -> None:
    assert asked_for() == {}
    assert asked_for(traced=True, tags={"stepweave:stack": "s"}) == {
        "tracingConfiguration": {"enabled": True},
        "tags": [{"key": "stepweave:stack", "value": "s"}],
    }
