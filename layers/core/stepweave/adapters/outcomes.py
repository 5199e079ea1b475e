"""What happened, said once: a structured log line, and one set of metrics (CloudWatch EMF) for the outcomes counted."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

COUNTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "run_queued": ("RunsQueued", ()),
    "run_finished": ("RunsFinished", ("status",)),
    "run_repaired": ("RunsRepaired", ()),
    "run_not_repaired": ("RunsNotRepaired", ()),
    "run_start_delayed": ("RunStartsDelayed", ()),
    "step_settled": ("StepsSettled", ("type", "status")),
    "step_crashed": ("StepsCrashed", ()),
}
"""Outcome -> the metric that counts it and the facts that are its dimensions; each value of a dimension costs money."""
TIMED: Mapping[str, str] = {"run_finished": "RunDuration", "step_settled": "StepDuration"}
"""Outcomes whose `seconds` are a metric too."""


class Outcomes:
    """The port `services.ports.Tell`. Facts are ids, codes and durations: never a payload, never a secret."""

    def __init__(self, logger: Logger, namespace: str) -> None:
        self._logger = logger
        self._namespace = namespace

    def __call__(self, outcome: str, /, **facts: Any) -> None:
        self._logger.info(outcome, extra={name: value for name, value in facts.items() if value is not None})
        self._measure(outcome, facts)

    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        self._logger.error(outcome, extra=facts, exc_info=error)
        self._measure(outcome, facts)

    def _measure(self, outcome: str, facts: Mapping[str, Any]) -> None:
        if outcome not in COUNTED:
            return
        name, dimensions = COUNTED[outcome]
        metrics = EphemeralMetrics(namespace=self._namespace)
        for dimension in dimensions:
            metrics.add_dimension(dimension, str(facts[dimension]))
        metrics.add_metric(name, MetricUnit.Count, 1)
        if outcome in TIMED:
            metrics.add_metric(TIMED[outcome], MetricUnit.Seconds, facts["seconds"])
        metrics.flush_metrics()
