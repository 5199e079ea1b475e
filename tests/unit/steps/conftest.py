"""A step's context with everything unsaid set to something plain."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from stepweave.services.ports import StepContext

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
MakeContext = Callable[..., StepContext]


@pytest.fixture
def make_context() -> MakeContext:
    def make(config: Mapping[str, Any], **changed: Any) -> StepContext:
        plain: dict[str, Any] = {
            "run_id": "run_1",
            "step_id": "work",
            "config": config,
            "raw": config,
            "evaluate": _no_expressions,
            "env": {},
            "timeout_seconds": 10.0,
            "idempotency_key": "run_1:work",
            "attempt": 1,
            "first_entered": NOW,
            "now": NOW,
            "workflow_id": "wf_1",
        }
        return StepContext(**{**plain, **changed})

    return make


def _no_expressions(expression: str) -> Any:
    raise AssertionError(f"nobody expected {expression!r} to be evaluated")
