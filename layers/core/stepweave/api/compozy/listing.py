"""What lists of this surface are asked for, and the links from one page to the next."""

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from pydantic import WithJsonSchema

from stepweave.domain.resource import DEFAULT_PROJECT
from stepweave.services.resources import Wanted

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
_WHOLE = re.compile(r"\+?[0-9]+")
_LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}

Limit = Annotated[
    str | None, WithJsonSchema(_LIMIT_SCHEMA), Query(description="Page size; what is no such number counts as 50.")
]
Cursor = Annotated[str, Query(description="`next_cursor` or `prev_cursor` of a page.")]
Prefix = Annotated[str, Query(alias="q", description="How the id begins.")]
Project = Annotated[str, Query(description="Namespace of resources.")]


def limit_of(text: str | None) -> int:
    """Missing, not positive or no number: 50; above 500: 500."""
    if text is None or not _WHOLE.fullmatch(text):
        return DEFAULT_LIMIT
    digits = text.lstrip("+").lstrip("0")
    return min(int(digits), MAX_LIMIT) if 0 < len(digits) < 9 else MAX_LIMIT if digits else DEFAULT_LIMIT


async def _wanted(
    project: Project = DEFAULT_PROJECT,
    workflow_id: Annotated[str, Query(description="Only what the definition of this workflow names.")] = "",
    limit: Limit = None,
    cursor: Cursor = "",
    q: Prefix = "",
) -> Wanted:
    return Wanted(project or DEFAULT_PROJECT, q, workflow_id or None, limit_of(limit), cursor or None)


async def _project(project: Project = DEFAULT_PROJECT) -> str:
    return project or DEFAULT_PROJECT


def link_header(request: Request, cursors: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """-> `{"link": '</api/v0/agents?limit=2&cursor=...>; rel="next"'}` of `("next", "...")`; relative (RFC 8288)."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    links = [
        f'<{request.url.path}?{urlencode([*asked, ("cursor", cursor)])}>; rel="{rel}"'
        for rel, cursor in cursors
        if cursor is not None
    ]
    return {"link": ", ".join(links)} if links else {}


WantedResources = Annotated[Wanted, Depends(_wanted)]
InProject = Annotated[str, Depends(_project)]
"""What a list of resources is asked for, and the project of a request, as parameters of a handler."""
