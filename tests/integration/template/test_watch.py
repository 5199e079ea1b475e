"""Alarms, the dashboard and outputs of the SAM template, against the metrics that the code has."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from stepweave.adapters.metrics import MEASURED

ROOT = Path(__file__).parents[3]
TEMPLATE: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
RESOURCES: Mapping[str, Mapping[str, Any]] = TEMPLATE["Resources"]
ALARMS = {name: one for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
OURS = {metric.name: ("stack", *metric.dimensions) for metrics in MEASURED.values() for metric in metrics}
FUNCTIONS = {name for name, one in RESOURCES.items() if one["Type"] == "AWS::Serverless::Function"}

every_alarm = pytest.mark.parametrize("name", ALARMS)


def watched(alarm: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Namespace, name and dimensions of each metric that an alarm looks at."""
    stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
    for one in stats:
        names = tuple(dimension["Name"] for dimension in one.get("Dimensions", []))
        yield one["Namespace"], one["MetricName"], names


@every_alarm
def test_an_alarm_looks_at_metrics_that_there_are(name: str) -> None:
    for namespace, metric, dimensions in watched(ALARMS[name]["Properties"]):
        if namespace == "Stepweave":
            assert OURS[metric] == dimensions, metric


@every_alarm
def test_an_alarm_says_what_is_wrong_and_tells_the_topic_if_there_is_one(name: str) -> None:
    alarm = ALARMS[name]["Properties"]
    told = [{"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]}]
    assert alarm["AlarmDescription"]
    assert (alarm["AlarmActions"], alarm["OKActions"]) == (told, told)
    assert alarm["TreatMissingData"] == ("breaching" if name == "ReconcileFailing" else "notBreaching")
    assert ALARMS[name]["Condition"] == "Monitored"


def test_there_is_an_alarm_for_all_that_an_operator_must_know() -> None:
    looked_at = {metric for alarm in ALARMS.values() for _, metric, _ in watched(alarm["Properties"])}
    assert looked_at == {
        *("Invocations", "Errors"),  # of reconcile
        *("RunsNotRepaired", "OldestQueuedAge", "RunsFinished", "StepsCrashed", "RateLimitFailedOpen"),
        *("ApproximateNumberOfMessagesVisible", "5xx", "Throttles", "ConcurrentExecutions"),
    }


@every_alarm
def test_an_alarm_has_a_place_in_the_runbook(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "operations.md").read_text()


def dashboard() -> list[dict[str, Any]]:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", body)} <= {
        *RESOURCES,
        "AWS::StackName",
        "AWS::Region",
    }
    widgets: list[dict[str, Any]] = json.loads(body)["widgets"]
    return widgets


def shown() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Our metrics on the dashboard, with their dimensions."""
    for widget in dashboard():
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == "Stepweave":
                named = [one for one in metric[2:] if isinstance(one, str)]
                yield metric[1], tuple(named[::2])
            elif isinstance(metric[0], dict) and (
                found := re.search(r"\{Stepweave,([a-z,]+)\} MetricName=\"(\w+)\"", metric[0]["expression"])
            ):
                yield found[2], tuple(found[1].split(","))


def test_the_dashboard_shows_every_metric_of_ours_by_its_dimensions() -> None:
    assert dict(shown()) == OURS


def test_the_dashboard_shows_every_alarm_and_every_function() -> None:
    alarms, *others = dashboard()
    assert [one[2:-5] for one in alarms["properties"]["alarms"]] == list(ALARMS)
    for metric in ("Errors", "Throttles", "ConcurrentExecutions", "Duration"):
        found = {
            one[3][2:-1]
            for widget in others
            for one in widget["properties"]["metrics"]
            if one[:2] == ["AWS/Lambda", metric]
        }
        assert found == FUNCTIONS


def test_widgets_lie_beside_each_other() -> None:
    places = [(one["x"], one["y"]) for one in dashboard()]
    assert len(set(places)) == len(places)
    assert all(one["x"] + one["width"] <= 24 for one in dashboard())


def test_the_outputs_name_what_an_operator_looks_for() -> None:
    assert set(TEMPLATE["Outputs"]) == {
        *("ApiUrl", "BucketName", "DashboardUrl", "FirstKeyCommand", "LostEventsUrl", "TableName")
    }
    assert {TEMPLATE["Outputs"]["DashboardUrl"]["Condition"], RESOURCES["Dashboard"]["Condition"]} == {"Monitored"}
