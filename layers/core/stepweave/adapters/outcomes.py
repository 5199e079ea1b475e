"""What happened, said once: a structured log line, and a set of metrics (CloudWatch EMF) where the outcome has any."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

_COUNTED = {
    "run_queued": "RunsQueued",
    "run_finished": "RunsFinished",
    "run_repaired": "RunsRepaired",
    "run_start_delayed": "RunStartsDelayed",
    "step_settled": "StepsSettled",
}


class Outcomes:
    """The port `services.ports.Tell`. Facts are ids, codes and durations: never a payload, never a secret."""

    def __init__(self, logger: Logger, namespace: str) -> None:
        self._logger = logger
        self._namespace = namespace

    def __call__(self, outcome: str, /, **facts: Any) -> None:
        self._logger.info(outcome, extra={name: value for name, value in facts.items() if value is not None})
        if metric := _COUNTED.get(outcome):
            with single_metric(name=metric, unit=MetricUnit.Count, value=1, namespace=self._namespace) as metrics:
                if status := facts.get("status"):
                    metrics.add_dimension(name="status", value=str(status))

    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        self._logger.error(outcome, extra=facts, exc_info=error)
