"""What Step Functions answers to a token."""

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
