"""Plans by hand, for tests of what runs them."""

from typing import Any

from stepweave.domain.plan import Plan, PlanRetry, PlanStep

RETRY: PlanRetry = {
    "max_attempts": 3,
    "on": ["timeout", "connection", "throttled", "server_error"],
    "initial_interval": 1.0,
    "backoff_coefficient": 2.0,
    "maximum_interval": 60.0,
}


def a_plan_step(step_id: str, **changes: Any) -> PlanStep:
    step: dict[str, Any] = {
        "id": step_id,
        "type": "script",
        "config": {},
        "depends_on": [],
        "named_by": [],
        "handles": [],
        "blocks": [],
        "reads": [],
        "when": None,
        "retry": RETRY,
        "attempt_timeout": 60.0,
        "step_timeout": None,
        "on_error": "fail",
        "branches": {},
        "jumps": {},
        "loops": [],
        "opens": [],
        "body": [],
    }
    return {**step, **changes}  # type: ignore[typeddict-item,return-value]


def a_plan(*steps: PlanStep, **changes: Any) -> Plan:
    plan: dict[str, Any] = {"format": 1, "steps": {step["id"]: step for step in steps}, "awaits": {}}
    limits = {"run_timeout": None, "max_concurrent_runs": None}
    return {**plan, "outputs": {}, "env": {}, **limits, **changes}  # type: ignore[return-value]
