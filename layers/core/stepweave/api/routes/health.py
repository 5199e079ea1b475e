"""Whether the service answers at all; needs no key and asks no store, so that it costs nothing to probe."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api import describe
from stepweave.api.answers import answer

router = APIRouter(tags=["service"])


@router.get("/health", **describe.HEALTH)
async def health() -> Response:
    """Answers `ok` while the service can answer requests. Needs no key."""
    return answer({"status": "ok"})
