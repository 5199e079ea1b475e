"""Runs as the contract shows them."""

from starlette.responses import Response

from stepweave.api.answers.answer import answer


def accepted_run(run_id: str) -> Response:
    """202, and where to follow it."""
    return answer({"run_id": run_id}, status=202, headers={"location": f"/api/workflows/runs/{run_id}"})
