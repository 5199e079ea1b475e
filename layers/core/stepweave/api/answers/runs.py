"""Runs as the contract shows them."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.idempotency import REPLAYED


def started_run(run_id: str, run: Mapping[str, Any] | None, *, replayed: bool) -> Response:
    """202, and where to follow the run; 200 with the run when it has finished."""
    headers = {"location": f"/api/workflows/runs/{run_id}", **(REPLAYED if replayed else {})}
    if run is not None:
        return answer({"run": run}, headers=headers)
    return answer({"run_id": run_id}, status=202, headers=headers)
