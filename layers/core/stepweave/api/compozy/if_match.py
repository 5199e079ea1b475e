"""The header `If-Match` on this surface: one strong entity tag, quoted or as it stands in the items of lists."""

import re
from typing import Annotated

from fastapi import Depends, Header

from stepweave.errors import BadRequest
from stepweave.services.preconditions import IfMatch

_TAG = re.compile(r'"([^"]+)"|([^"\s*]+)')


async def _expected(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="Strong ETag for optimistic concurrency.")
    ] = None,
) -> IfMatch:
    """Of a list the first counts; a header that is empty is none."""
    first = (if_match or "").partition(",")[0].strip()
    if not (if_match or "").strip():
        return IfMatch()
    found = _TAG.fullmatch(first)
    if found is None or first.startswith("W/"):
        raise BadRequest(
            "If-Match takes one strong ETag, as of `ETag` or of an item of a list; '*' and weak ones are not taken.",
            code="invalid_if_match",
        )
    return IfMatch(frozenset({found[1] or found[2]}))


Expected = Annotated[IfMatch, Depends(_expected)]
"""What the client expects the resource to be, as a parameter of a handler."""
