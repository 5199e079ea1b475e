import json
from datetime import UTC, datetime

import pytest
from samcli.yamlhelper import yaml_parse

from stepweave.local.deployed_logs import NoLogs, deployed_lines
from stepweave.local.log_lines import shown

RUN = "run_01M80WWBZJ9ZB8H73W2VNCSR9R"
SINCE = datetime(2026, 11, 22, tzinfo=UTC)
MS = int(SINCE.timestamp() * 1000)
RESOURCES = [
    ("ApiFunction", "AWS::Lambda::Function", "stepweave-api"),
    ("ApiLogs", "AWS::Logs::LogGroup", "/aws/lambda/stepweave-api"),
    ("RunStepLogs", "AWS::Logs::LogGroup", "/aws/lambda/stepweave-run-step"),
    ("MachineLogs", "AWS::Logs::LogGroup", "/aws/vendedlogs/states/stepweave"),
    ("AccessLogs", "AWS::Logs::LogGroup", "/aws/vendedlogs/apis/stepweave"),
]


class Aws:
    """CloudFormation and CloudWatch Logs, as far as they are asked; every answer comes in two pages."""

    def __init__(self, events, resources=RESOURCES):
        self.events, self.resources, self.asked = events, resources, {}

    def __call__(self, _service):
        return self

    def get_paginator(self, operation):
        self.operation = operation
        return self

    def paginate(self, **asked):
        if "StackName" in asked:
            names = ("LogicalResourceId", "ResourceType", "PhysicalResourceId")
            rows = [dict(zip(names, each, strict=True)) for each in self.resources]
            return [{"StackResourceSummaries": rows[:2]}, {"StackResourceSummaries": rows[2:]}]
        self.asked[asked["logGroupName"]] = asked
        found = [{"timestamp": MS + at, "message": text} for at, text in self.events.get(asked["logGroupName"], [])]
        return [{"events": []}, {"events": found}]


def said(message):
    return json.dumps({"level": "INFO", "message": message, "run_id": RUN})


def test_lines_of_every_function_and_machine_come_in_the_order_of_time():
    failed = json.dumps({"type": "ExecutionFailed", "id": "9", "execution_arn": f"arn:...:execution:m:{RUN}-1"})
    aws = Aws(
        {
            "/aws/lambda/stepweave-api": [(1, said("request")), (5, said("later"))],
            "/aws/lambda/stepweave-run-step": [(3, said("step_settled")), (2, "no line of ours")],
            "/aws/vendedlogs/states/stepweave": [(4, failed)],
        }
    )
    lines = deployed_lines(RUN, "stepweave", SINCE, aws)
    assert [line.entry["message"] for line in lines] == ["request", "step_settled", "ExecutionFailed", "later"]
    assert "ERROR   state_machine ExecutionFailed" in shown(lines[2])


def test_each_group_is_asked_for_the_run_alone_and_since_it_is_there():
    aws = Aws({})
    assert deployed_lines(RUN, "stepweave", SINCE, aws) == []
    assert {name: asked["filterPattern"] for name, asked in aws.asked.items()} == {
        "/aws/lambda/stepweave-api": f'{{ $.run_id = "{RUN}" }}',
        "/aws/lambda/stepweave-run-step": f'{{ $.run_id = "{RUN}" }}',
        "/aws/vendedlogs/states/stepweave": f'{{ $.execution_arn = "*:{RUN}-*" }}',
    }
    assert {asked["startTime"] for asked in aws.asked.values()} == {MS}


def test_a_stack_without_logs_is_told():
    with pytest.raises(NoLogs):
        deployed_lines(RUN, "other", SINCE, Aws({}, RESOURCES[:1]))


def test_the_groups_that_are_told_apart_are_in_the_template(request):
    template = yaml_parse((request.config.rootpath / "template.yaml").read_text())
    groups = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
    assert groups >= {"AccessLogs", "MachineLogs"}
