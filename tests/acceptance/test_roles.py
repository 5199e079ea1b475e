"""What the roles of functions may do: all that their functions did, and none of what they must not."""

import re
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from acceptance.deployment import Deployment
from acceptance.emulator import REGION

FUNCTIONS = ("api", "run-step", "run-agent", "run-script", "admit-run", "track-run", "fire-schedule", "reconcile")
DENIED = re.compile(r"AccessDenied|not authorized to perform")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_call_of_a_function_was_denied(deployment: Deployment, function: str) -> None:
    """So far: a session runs this last (see the plugin)."""
    logs = deployment.emulator.client("logs").get_paginator("filter_log_events")
    pages = logs.paginate(logGroupName=f"/aws/lambda/{deployment.stack}-{function}")
    lines = [line["message"] for page in pages for line in page["events"]]
    assert lines, "it was never called"
    assert [line for line in lines if DENIED.search(line)] == []


def as_role(deployment: Deployment, role: str, service: str) -> Any:
    """A client with the credentials that a function of the role has."""
    found = deployment.emulator.client("cloudformation").describe_stack_resource(
        StackName=deployment.stack, LogicalResourceId=role
    )
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    arn = deployment.emulator.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    given = deployment.emulator.client("sts").assume_role(RoleArn=arn, RoleSessionName="acceptance")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=deployment.emulator.url,
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=Config(account_id_endpoint_mode="disabled", retries={"max_attempts": 1}),
    )


ROLES = ("ApiRole", "RunStepRole", "RunAgentRole", "RunScriptRole", "AdmitRunRole", "TrackRunRole", "FireScheduleRole")
ROLES += ("ReconcileRole",)


def refused(call: Any, **parameters: Any) -> bool:
    """Whether it is the permission that is missing, and nothing else."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException", "403"}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_end_or_open_what_the_stack_is_made_of(deployment: Deployment, role: str) -> None:
    table, bucket = deployment.outputs["TableName"], deployment.outputs["BucketName"]
    assert refused(as_role(deployment, role, "dynamodb").delete_table, TableName=table)
    assert refused(as_role(deployment, role, "dynamodb").scan, TableName=table)
    assert refused(as_role(deployment, role, "s3").delete_bucket, Bucket=bucket)
    assert refused(as_role(deployment, role, "s3").put_bucket_policy, Bucket=bucket, Policy="{}")
    assert refused(as_role(deployment, role, "iam").list_roles)
    assert refused(as_role(deployment, role, "sts").assume_role, RoleArn=a_role(deployment), RoleSessionName="other")


def a_role(deployment: Deployment) -> str:
    arn: str = deployment.emulator.client("iam").list_roles()["Roles"][0]["Arn"]
    return arn


KEY = {"pk": {"S": "KEY#key_01KAFZ5Y0M5VJ3R1XQZ0W8T4CN"}, "sk": {"S": "KEY"}}


def test_a_script_can_do_nothing_with_what_its_function_may(deployment: Deployment) -> None:
    table, bucket = deployment.outputs["TableName"], deployment.outputs["BucketName"]
    assert refused(as_role(deployment, "RunScriptRole", "dynamodb").get_item, TableName=table, Key=KEY)
    assert refused(as_role(deployment, "RunScriptRole", "s3").get_object, Bucket=bucket, Key="runs/x")
    assert refused(as_role(deployment, "RunScriptRole", "ssm").get_parameters, Names=["/stepweave/x"])
    assert refused(as_role(deployment, "RunScriptRole", "stepfunctions").list_state_machines)
    assert refused(as_role(deployment, "RunScriptRole", "lambda").list_functions)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"ApiRole", "RunStepRole"}])
def test_only_who_makes_or_checks_approval_links_reads_the_key_that_signs_them(
    deployment: Deployment, role: str
) -> None:
    bucket = deployment.outputs["BucketName"]
    deployment.emulator.client("s3").put_object(Bucket=bucket, Key="keys/signing-of-a-test", Body=b"k" * 32)
    assert refused(as_role(deployment, role, "s3").get_object, Bucket=bucket, Key="keys/signing-of-a-test")
    assert refused(as_role(deployment, role, "s3").get_object, Bucket=bucket, Key="projects/default/agents.yaml")
