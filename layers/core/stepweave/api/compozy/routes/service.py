"""The service itself: what it is, whether it answers, what it holds."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.auth import READ
from stepweave.api.compozy.describe import service as describe
from stepweave.api.metrics import exposition
from stepweave.api.openapi import API_VERSION
from stepweave.api.use_cases import Api

router = APIRouter(prefix="/api/v0", tags=["service"])


@router.get("", dependencies=[READ], **describe.ROOT)
async def root() -> Response:
    """What answers here, and where it is described."""
    data = {"name": "Stepweave", "version": API_VERSION, "openapi": "/api/v0/openapi.json", "health": "/api/v0/health"}
    return answer({"data": data, "message": "Success"})


@router.get("/health", **describe.HEALTH)
async def compozy_health() -> Response:
    """Answers `healthy` while the service can answer requests. Needs no key and asks no store."""
    data = {"status": "healthy", "version": API_VERSION, "ready": True}
    return answer({"data": data, "message": "Success"})


@router.get("/metrics", dependencies=[READ], **describe.METRICS)
def compozy_metrics(api: Api) -> Response:
    """The same as `/metrics`."""
    return exposition(api.census())
