"""Our own state machine for direct executions, as deployed: `statemachines/direct_execution.asl.json`."""

from typing import Any

NAME = "stepweave-local-direct-execution"
TASK_SECONDS = 930
"""The function's 15 minutes, and half a minute to be called in."""
MACHINE_SECONDS = 3_600
"""Three attempts of 14 minutes, each after the lease of the one before, and pauses."""


def direct_execution(function_arn: str) -> dict[str, Any]:
    """The machine that calls that function with its own input until the execution that it names is over.

    Its retries are those of a step's state that are not the user's: of throttling, of another's lease, and of a
    function that died.
    """
    pauses = {"IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}
    crowded = {"ErrorEquals": ["StepBusy", "Lambda.TooManyRequestsException"], "MaxAttempts": 180, **pauses}
    died = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 7, **pauses}
    return {
        "Comment": "Runs an agent, or a task, by itself.",
        "StartAt": "Run",
        "TimeoutSeconds": MACHINE_SECONDS,
        "States": {
            "Run": {
                "Type": "Task",
                "Resource": function_arn,
                "TimeoutSeconds": TASK_SECONDS,
                "Retry": [crowded, died],
                "End": True,
            },
        },
    }
