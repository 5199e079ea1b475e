"""The OpenAPI document, and a page of it for people. Neither needs a key."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from stepweave.api.answers.answer import answer
from stepweave.api.docs_page import CONTENT_SECURITY_POLICY, docs_page

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The document (OpenAPI 3.1)."""
    return answer(request.app.state.document())


@router.get("/docs")
def docs(request: Request) -> Response:
    """The same document as a page."""
    page = docs_page(request.app.state.document())
    return HTMLResponse(page, headers={"content-security-policy": CONTENT_SECURITY_POLICY})
