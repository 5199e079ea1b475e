"""What functions load before their first step: milliseconds that every cold start is billed."""

import os
import subprocess
import sys

import pytest

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "t",
    "BUCKET_NAME": "b",
    "STACK_PREFIX": "stepweave",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "Stepweave",
}
HEAVY = ("pydantic", "fastapi", "jsonschema", "yaml", "moto")


@pytest.mark.parametrize("function", ["run_step", "run_agent", "run_script"])
def test_who_runs_steps_loads_nothing_that_the_api_alone_needs(function: str) -> None:
    source = (
        f"import sys; from stepweave.bootstrap.{function} import {function}_handler; {function}_handler(); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout.strip() == "[]"
