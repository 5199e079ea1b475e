"""The header `If-Match`: a change of what the client has not seen does not take place (RFC 9110, 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from stepweave.services.preconditions import IfMatch

_ETAG = re.compile(r'(?:^|,)\s*("[^"]*")\s*(?=,|$)')
"""Strong entity tags; weak ones never match in this header (RFC 9110, section 8.8.3.2)."""


async def _expected(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="`ETag` of the state that shall be changed; if it is another by now: 412, and no change.",
        ),
    ] = None,
) -> IfMatch:
    if if_match is None or if_match.strip() == "*":
        return IfMatch()
    return IfMatch(frozenset(_ETAG.findall(if_match)))


Expected = Annotated[IfMatch, Depends(_expected)]
"""What the client expects the resource to be, as a parameter of a handler."""
