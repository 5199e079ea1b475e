"""Our own state machine for delayed starts, as the template deploys it: `statemachines/delayed_start.asl.json`."""

from typing import Any

NAME = "stepweave-local-delayed-start"


def delayed_start(function_arn: str) -> dict[str, Any]:
    """The machine that calls that function with its own input when the time in it has come.

    It tries for about an hour; what it cannot do then, reconcile does.
    """
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1,
        "BackoffRate": 2,
        "MaxDelaySeconds": 300,
        "MaxAttempts": 20,
        "JitterStrategy": "FULL",
    }
    return {
        "Comment": "Waits until a run is to start, then has it admitted.",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "TimestampPath": "$.run_at", "Next": "Admit"},
            "Admit": {"Type": "Task", "Resource": function_arn, "Retry": [retry], "End": True},
        },
    }
