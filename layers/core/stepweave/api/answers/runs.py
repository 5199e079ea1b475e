"""Runs as the contract shows them."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.idempotency import REPLAYED
from stepweave.services.step_lists import StepRows


def started_run(run_id: str, run: Mapping[str, Any] | None, *, replayed: bool) -> Response:
    """202, and where to follow the run; 200 with the run when it has finished."""
    headers = {"location": f"/api/workflows/runs/{run_id}", **(REPLAYED if replayed else {})}
    if run is not None:
        return answer({"run": run}, headers=headers)
    return answer({"run_id": run_id}, status=202, headers=headers)


def step_page(found: StepRows) -> Response:
    """One page of step runs. How many there are in all is not told: it would mean to read each."""
    return answer({"step_runs": found.rows, "next_cursor": found.next_cursor})
