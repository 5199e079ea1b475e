"""Which outcomes are measured, and how a line of the log says so (CloudWatch embedded metric format).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NAMESPACE = "Stepweave"


@dataclass(frozen=True)
class Metric:
    """`dimensions`: facts that tell it apart, beside the stack; each of their values is a metric that costs money.

    `value`: the fact that it measures, without which nothing is; None counts outcomes.
    """

    name: str
    dimensions: tuple[str, ...] = ()
    value: str | None = None

    @property
    def unit(self) -> Literal["Count", "Seconds"]:
        return "Seconds" if self.value else "Count"


MEASURED: Mapping[str, tuple[Metric, ...]] = {
    "run_queued": (Metric("RunsQueued"),),
    "run_started": (Metric("RunsStarted"), Metric("QueuedTime", value="queued_seconds")),
    "run_start_delayed": (Metric("RunStartsDelayed"),),
    "run_finished": (Metric("RunsFinished", ("status",)), Metric("RunDuration", ("status",), "seconds")),
    "run_repaired": (Metric("RunsRepaired"),),
    "run_not_repaired": (Metric("RunsNotRepaired"),),
    "reconciled": (Metric("OldestQueuedAge", value="oldest_queued_seconds"),),
    "direct_execution_finished": (
        Metric("DirectExecutionsFinished", ("kind", "status")),
        Metric("DirectExecutionDuration", ("kind",), "seconds"),
    ),
    "step_settled": (Metric("StepsSettled", ("type", "status")), Metric("StepDuration", ("type",), "seconds")),
    "step_retried": (Metric("StepsRetried", ("type",)),),
    "step_crashed": (Metric("StepsCrashed"),),
    "schedule_fired": (Metric("ScheduleLag", value="lag_seconds"),),
    "rate_limit_failed_open": (Metric("RateLimitFailedOpen"),),
}


def embedded_metrics(outcome: str, facts: Mapping[str, Any], stack: str, milliseconds: int) -> dict[str, Any]:
    """What makes a log line with these facts a set of metrics, too; empty for an outcome that has none.

    -> `{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [...]}, "stack": "stepweave", "RunsQueued": 1}`
    """
    there = [
        metric for metric in MEASURED.get(outcome, ()) if metric.value is None or facts.get(metric.value) is not None
    ]
    if not there:
        return {}
    directives = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["stack", *metric.dimensions]],
            "Metrics": [{"Name": metric.name, "Unit": metric.unit}],
        }
        for metric in there
    ]
    values = {metric.name: facts[metric.value] if metric.value else 1 for metric in there}
    return {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": directives}, "stack": stack, **values}
