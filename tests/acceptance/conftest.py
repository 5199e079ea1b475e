"""A client of the deployed stack, and the words of tests about runs."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from acceptance.deployment import Deployment
from stepweave.local.client import Client

OVER = ("completed", "failed", "cancelled", "timed_out", "paused")


class Api(Client):
    """Starts runs and waits for them."""

    def create(self, definition: dict[str, Any]) -> str:
        return str(self.post("/api/workflows", {"definition": definition})["id"])

    def start(self, definition: dict[str, Any], **body: Any) -> str:
        return str(self.post(f"/api/workflows/{self.create(definition)}/run", body)["run_id"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/workflows/runs/{run_id}")["run"]
        return found

    def over(self, run_id: str, seconds: float = 60) -> dict[str, Any]:
        return self.until(run_id, lambda run: run["status"] in OVER, seconds)

    def until(self, run_id: str, found: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The run as soon as it is as wanted."""
        ends_at = time.monotonic() + seconds
        while not found(run := self.run(run_id)):
            assert time.monotonic() < ends_at, run
            time.sleep(0.1)
        return run


@pytest.fixture(scope="session")
def api(deployment: Deployment) -> Api:
    return Api(deployment.url, deployment.key)
