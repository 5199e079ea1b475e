"""Whether the service answers at all; needs no key and asks no store, so that it costs nothing to probe."""

from fastapi import APIRouter
from starlette.responses import Response

from stepweave.api.answers.answer import answer
from stepweave.api.describe import health as describe

router = APIRouter(tags=["service"])


@router.get("/health", **describe.HEALTH)
async def health() -> Response:
    """Answers `ok` while the service can answer requests. Needs no key."""
    return answer({"status": "ok"})


@router.head("/health", include_in_schema=False)
async def probe() -> Response:
    """The same for load balancers, which ask by HEAD."""
    return Response(media_type="application/json")
