"""The event that EventBridge delivers when an execution has ended; moto has none.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

_LOG = logging.getLogger(__name__)
Event = dict[str, Any]


def event_of(execution: Any) -> Event:
    """The event of an execution (moto's) that has ended."""
    ended: datetime = execution.stop_date
    succeeded = execution.status == "SUCCEEDED"
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account_id,
        "time": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": execution.region_name,
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(ended),
            "input": execution.execution_input,
            "output": json.dumps(execution.output) if succeeded else None,
            "inputDetails": {"included": True},
            "outputDetails": {"included": True} if succeeded else None,
            "error": execution.error,
            "cause": execution.cause,
        },
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class Bus:
    """Delivers events to one handler, off the thread that made them, as EventBridge would.

    `prefixes` are the patterns of the rules: executions whose names begin with none of them are not told of. A
    delivery that fails is logged and left to reconcile, which is what heals a lost event on AWS too.
    """

    def __init__(self, deliver: Callable[[Event], Any], *, prefixes: tuple[str, ...] = ("run_", "exec_")) -> None:
        self._deliver = deliver
        self._prefixes = prefixes
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stepweave-events")

    def publish(self, event: Event) -> None:
        if event["detail"]["name"].startswith(self._prefixes):
            try:
                self._threads.submit(self._try, event)
            except RuntimeError:
                _LOG.info("the stack has stopped; the end of %s is left to reconcile", event["detail"]["name"])

    def _try(self, event: Event) -> None:
        try:
            self._deliver(event)
        except Exception:
            _LOG.exception("an event was not taken; reconcile will find what it told: %s", event["detail"]["name"])

    def close(self) -> None:
        """Returns when what is being delivered has been."""
        self._threads.shutdown(wait=True, cancel_futures=True)
