"""Every test of properties runs the same examples each time; `HYPOTHESIS_PROFILE=explore` looks further, at others."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "steady", derandomize=True, deadline=None, max_examples=100, database=None, suppress_health_check=SLOW
)
settings.register_profile("explore", deadline=None, max_examples=2_000, database=None, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves the tests of a deployed stack to `make acceptance`, whose plugin deploys one."""
    is_theirs = collection_path == Path(__file__).parent / "acceptance"
    return True if is_theirs and not config.pluginmanager.hasplugin("acceptance.stack") else None
