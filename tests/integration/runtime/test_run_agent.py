"""`run_agent` under AWS's runtime."""

import json
from collections.abc import Callable
from typing import Any

Load = Callable[[str], dict[str, Any]]


def test_a_fault_of_ours_leaves_its_text_in_the_log_alone(start: Any, aws: Any, event: Load) -> None:
    """The sample is of a workflow that this stack has no plan of: the function loads, reads, and says no more."""
    sample = event("run_agent/agent_task")
    run_agent = start("run_agent", aws.environment)
    answer = run_agent.invoke(sample)
    assert (answer["errorType"], answer["errorMessage"]) == ("StepCrashed", "")
    assert sample["run"]["plan"] not in json.dumps(answer)
    [line] = [line for line in run_agent.logged() if line.get("message") == "step_crashed"]
    assert sample["run"]["plan"] in line["exception"]
