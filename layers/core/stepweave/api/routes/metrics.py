"""What the deployment holds, for Prometheus."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.auth import READ
from stepweave.api.describe import metrics as describe
from stepweave.api.metrics import exposition
from stepweave.api.use_cases import Api

router = APIRouter(tags=["service"])


@router.get("/metrics", dependencies=[READ], **describe.METRICS)
def metrics(api: Api) -> Response:
    """Counts of workflows and of active runs, in the text format of Prometheus; a scrape is some ten small reads. Runs
    over time, their durations and errors are metrics in CloudWatch."""
    return exposition(api.census())
