"""What happened, said once: a structured log line, which is a set of metrics too where the outcome has any."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from stepweave.adapters.metrics import embedded_metrics


class Outcomes:
    """The port `services.ports.Tell`. Facts are ids, codes and durations: never a payload, never a secret.

    `now_ms`: milliseconds since 1970.
    """

    def __init__(self, logger: Logger, stack: str, now_ms: Callable[[], int]) -> None:
        self._logger = logger
        self._stack = stack
        self._now_ms = now_ms

    def __call__(self, outcome: str, /, **facts: Any) -> None:
        told = {name: value for name, value in facts.items() if value is not None}
        measured = self._measured(outcome, told)
        self._logger.info(outcome, extra=told | measured)
        if measured and self._logger.log_level > logging.INFO:
            # LOG_LEVEL is about lines for people: metrics are kept without them.
            dimensions = {name: told[name] for name in ("type", "status") if name in told}
            print(json.dumps(dimensions | measured))  # noqa: T201 - how the format reaches CloudWatch

    def fault(self, outcome: str, error: Exception, /, **facts: Any) -> None:
        self._logger.error(outcome, extra=facts | self._measured(outcome, facts), exc_info=error)

    def _measured(self, outcome: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        return embedded_metrics(outcome, facts, self._stack, self._now_ms())
