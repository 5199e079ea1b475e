"""The OpenAPI document of this surface; it needs no key."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from stepweave.api.answers.answer import answer

router = APIRouter(prefix="/api/v0", include_in_schema=False)


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The document (OpenAPI 3.1)."""
    return answer(request.app.state.document())
