"""What became of a request to stop runs or to let them go on."""

from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.domain.run import RunState
from stepweave.services.bulk_cancel import Cancelled


def stopping_run(state: RunState) -> Response:
    """202 with the status as it is now, and what the run is to become while it is still under way."""
    stopping = {"stopping": state.intent.kind} if state.intent else {}
    return answer({"run_id": state.run_id, "status": state.status, **stopping}, status=202)


def deleted_run() -> Response:
    return Response(status_code=204)


def cancelled_runs(cancelled: Cancelled) -> Response:
    ids = list(cancelled.run_ids)
    return answer({"cancelled": len(ids), "run_ids": ids, "next_cursor": cancelled.after}, status=202)
