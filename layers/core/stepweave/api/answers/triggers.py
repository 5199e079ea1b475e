"""Answers to those who start workflows from outside."""

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.services.hooks import Received


def received(outcome: Received) -> Response:
    """202 with the run; 200 when the delivery was fine and starts nothing."""
    if outcome.challenge is not None:
        return answer({"challenge": outcome.challenge})
    if outcome.run_id is None:
        return answer({"message": "filtered", "run_id": None})
    headers = {"location": f"/api/workflows/runs/{outcome.run_id}"}
    return answer({"message": "accepted", "run_id": outcome.run_id}, status=202, headers=headers)
