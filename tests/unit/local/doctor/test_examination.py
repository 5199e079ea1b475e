import argparse
import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stepweave.local.commands import doctor_command
from stepweave.local.doctor import examination
from stepweave.local.doctor.examination import examine
from stepweave.local.doctor.finding import error, ok
from unit.local.doctor.conftest import ENVIRONMENT, RESOURCES


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeThis")


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (refused("AccessDeniedException"), "DescribeThis"),
        (refused("Throttling"), "Try again"),
        (EndpointConnectionError(endpoint_url="x"), "Try again"),
    ],
)
def test_a_check_that_cannot_be_made_hinders_no_other(deployment, monkeypatch, raised, says):
    def broken(_deployment):
        raise raised
        yield

    monkeypatch.setattr(examination, "CHECKS", {"first": broken, "second": lambda _: iter([ok("fine")])})
    (_, first), second = examine(deployment)
    assert first.level == "warning"
    assert says in first.advice
    assert second == ("second", ok("fine"))


@pytest.fixture
def stack(said, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    said.says(
        list_stack_resources={
            "StackResourceSummaries": [
                {"LogicalResourceId": logical, "PhysicalResourceId": name} for logical, name in RESOURCES.items()
            ]
        },
        describe_stack_resource={"StackResourceDetail": {"PhysicalResourceId": "stack-reconcile"}},
        get_function_configuration={"Environment": {"Variables": ENVIRONMENT}},
    )
    return said


def doctor(stack, out=None, *, as_json=False):
    out = [] if out is None else out
    return doctor_command.main(argparse.Namespace(stack="stepweave", json=as_json), stack, out.append)


def test_the_command_prints_each_finding_and_fails_on_an_error(stack, monkeypatch):
    findings = [ok("fine"), error("broken", "Mend it.")]
    monkeypatch.setattr(examination, "CHECKS", {"first": lambda _: iter(findings)})
    out = []
    assert doctor(stack, out) == 1
    assert "first: broken" in out[1]
    assert "-> Mend it." in out[1]
    assert doctor(stack, out, as_json=True) == 1
    assert json.loads(out[2])[1] == {
        "check": "first",
        "level": "error",
        "said": "broken",
        "advice": "Mend it.",
    }
    findings.pop()
    assert doctor(stack) == 0


def test_a_stack_that_is_not_there_is_said(stack, capsys):
    stack.says(describe_stack_resource=refused("ValidationError"))
    assert doctor(stack) == 1
    assert "ValidationError" in capsys.readouterr().err
