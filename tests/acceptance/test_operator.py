"""The operator's commands on the deployed stack: what its doctor finds, what its log says of a run."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from acceptance.deployment import Deployment, run
from acceptance.emulator import ROOT
from definitions import definition, request, script, wait

CANARY = "input-canary-47"


def command(deployment: Deployment, *words: str) -> list[object]:
    return [sys.executable, "-m", "stepweave.local.cli", *words, "--stack", deployment.stack]


def told_by_doctor(deployment: Deployment) -> tuple[int, list[str]]:
    """Its exit code, and what it finds wrong: `error rules: RunEnded is disabled: ...`."""
    ended = subprocess.run(
        [str(word) for word in command(deployment, "doctor", "--json")],
        cwd=ROOT,
        env=deployment.emulator.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = json.loads(ended.stdout)
    return ended.returncode, [
        f"{each['level']} {each['check']}: {each['said']}" for each in found if each["level"] != "ok"
    ]


def findings(deployment: Deployment, number: int) -> tuple[int, list[str]]:
    """What is not ok, once it is so many: other tests change the stack meanwhile, and what they change settles.

    But for the warning of a reconcile that has hardly run yet, in a stack this young.
    """
    until = time.monotonic() + 40
    while True:
        code, told = told_by_doctor(deployment)
        found = [each for each in told if not each.startswith("warning reconcile:")]
        if len(found) == number or time.monotonic() > until:
            return code, found


@contextmanager
def a_run_astray(api: Any, deployment: Deployment) -> Iterator[str]:
    """A run that the store has under way in an execution that Step Functions does not know."""
    run_id = api.start(definition(wait("w", config={"seconds": 600})))
    api.until(run_id, lambda run: run["status"] == "waiting")
    record = {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "STATE"}}

    def is_in_execution(number: int) -> None:
        deployment.emulator.client("dynamodb").update_item(
            TableName=deployment.outputs["TableName"],
            Key=record,
            UpdateExpression="SET #execution = :number",
            ConditionExpression="attribute_exists(#execution)",
            ExpressionAttributeNames={"#execution": "execution"},
            ExpressionAttributeValues={":number": {"N": str(number)}},
        )

    is_in_execution(7)
    yield run_id
    is_in_execution(1)
    api.post(f"/api/workflows/runs/{run_id}/cancel", {})
    assert api.over(run_id)["status"] == "cancelled"


def test_the_doctor_finds_what_was_broken_and_nothing_else(api: Any, deployment: Deployment) -> None:
    assert findings(deployment, 0)[1] == []

    events, trigger = deployment.emulator.client("events"), {"type": "event", "name": "n", "pattern": {"source": ["x"]}}
    workflow = api.create(definition(script("a"), triggers=[trigger]))
    body = {"cron_expression": "0 9 1 1 *", "timezone": "UTC"}
    removed, disabled = (str(api.post(f"/api/workflows/{workflow}/schedules", body)["schedule_id"]) for _ in range(2))
    names = [rule["Name"] for page in events.get_paginator("list_rules").paginate() for rule in page["Rules"]]
    [of_trigger] = [name for name in names if workflow.removeprefix("wf_") in name]
    [of_removed] = [name for name in names if removed in name]
    [of_disabled] = [name for name in names if disabled in name]
    # Nothing else here waits for that rule of the template.
    of_template = deployment.emulator.client("cloudformation").describe_stack_resource(
        StackName=deployment.stack, LogicalResourceId="DirectExecutionFailed"
    )["StackResourceDetail"]["PhysicalResourceId"]
    for name in (of_trigger, of_disabled, of_template):
        events.disable_rule(Name=name)
    targets = events.list_targets_by_rule(Rule=of_removed)["Targets"]
    events.remove_targets(Rule=of_removed, Ids=[each["Id"] for each in targets])
    events.delete_rule(Name=of_removed)
    with a_run_astray(api, deployment) as astray:
        code, found = findings(deployment, 4)
    for name in (of_disabled, of_template):
        events.enable_rule(Name=name)

    template, triggers, runs, schedules = found
    assert code == 1
    assert template.startswith("error rules: DirectExecutionFailed is disabled")
    assert triggers.startswith("error rules: 1 of event triggers")
    assert of_trigger in triggers
    assert runs.startswith("warning runs: 1 are over in Step Functions and not in the store")
    assert astray in runs
    assert schedules.startswith("error schedules: 2 have no timer")
    assert removed in schedules
    assert disabled in schedules

    api.send("DELETE", f"/api/workflows/{workflow}?force=true")
    assert findings(deployment, 0)[1] == []


def test_the_log_of_a_run_is_gathered_from_all_functions_and_holds_no_value(api: Any, deployment: Deployment) -> None:
    steps = (script("a"), request("b", ["a"], url=f"http://127.0.0.1:9/{CANARY}", retry={"max_attempts": 1}))
    run_id = api.start(definition(*steps), input_data={"text": CANARY})
    assert api.over(run_id)["status"] == "failed"

    told = run(command(deployment, "logs", run_id, "--json"), cwd=ROOT, env=deployment.emulator.environment)
    # The emulator takes no notice of the filter by which CloudWatch gives the lines of this run alone.
    lines = [line for line in map(json.loads, told.splitlines()) if line.get("run_id") == run_id]
    assert {(line["service"], line["message"]) for line in lines} >= {
        ("api", "run_started"),
        ("run_step", "step_settled"),
        ("track_run", "run_finished"),
    }
    assert CANARY not in told


def test_what_is_measured_is_said_with_its_stack_and_its_dimensions(api: Any, deployment: Deployment) -> None:
    """As CloudWatch reads it: each directive's dimensions and metrics are members of the same line."""
    assert api.over(api.start(definition(script("a"))))["status"] == "completed"
    metrics: dict[str, tuple[str, ...]] = {}
    for function in ("api", "run-step", "track-run"):
        for line in lines_of(deployment, function):
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                [dimensions], [metric] = directive["Dimensions"], directive["Metrics"]
                assert isinstance(line[metric["Name"]], int | float)
                assert all(isinstance(line[name], str) for name in dimensions)
                assert (directive["Namespace"], line["stack"]) == ("Stepweave", deployment.stack)
                metrics[metric["Name"]] = tuple(dimensions)
    wanted = {"RunsStarted": (), "QueuedTime": (), "RunsFinished": ("status",), "RunDuration": ("status",)}
    wanted |= {"StepsSettled": ("type", "status"), "StepDuration": ("type",)}
    assert {name: metrics.get(name) for name in wanted} == {name: ("stack", *more) for name, more in wanted.items()}


def lines_of(deployment: Deployment, function: str) -> Iterator[dict[str, Any]]:
    logs = deployment.emulator.client("logs").get_paginator("filter_log_events")
    for page in logs.paginate(logGroupName=f"/aws/lambda/{deployment.stack}-{function}"):
        for event in page["events"]:
            if event["message"].lstrip().startswith("{"):
                yield json.loads(event["message"])
