"""Whether the function that heals runs is called and gets through."""

from collections.abc import Iterator
from datetime import timedelta

from stepweave.local.doctor.deployment import Deployment
from stepweave.local.doctor.finding import Finding, error, ok, warning

WINDOW = timedelta(hours=1)
_EVERY = 12
"""Invocations in that time, one in five minutes."""


def check(deployment: Deployment) -> Iterator[Finding]:
    rule = deployment.clients("events").describe_rule(Name=deployment.resources["EveryFiveMinutes"])
    if rule["State"] != "ENABLED":
        yield error("its rule is disabled: what an event was lost for stays as it is", "Enable the rule.")
        return
    calls, failures = (_sum(deployment, name) for name in ("Invocations", "Errors"))
    if failures:
        advice = "Read its log; runs whose event was lost are healed only when it gets through."
        yield error(f"it failed {failures:.0f} times in the last hour", advice)
    elif calls < _EVERY / 2:
        yield warning(f"it ran {calls:.0f} times in the last hour", "A stack younger than an hour is no worry.")
    else:
        yield ok(f"it ran {calls:.0f} times in the last hour, without an error")


def _sum(deployment: Deployment, metric: str) -> float:
    now = deployment.clock()
    answer = deployment.clients("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": deployment.resources["ReconcileFunction"]}],
        StartTime=now - WINDOW,
        EndTime=now,
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
