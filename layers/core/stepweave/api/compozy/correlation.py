"""`X-Correlation-ID`: a client's own name for a request, kept with what it starts."""

import re
from typing import Annotated

from fastapi import Depends, Header

_SANE = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}")


async def _correlation_id(
    sent: Annotated[
        str | None,
        Header(alias="X-Correlation-ID", description="1 to 128 letters, digits and `._:/=+-`, kept and answered."),
    ] = None,
) -> str | None:
    return sent if sent and _SANE.fullmatch(sent) else None


CORRELATED = Depends(_correlation_id)
"""Of operations that start what keeps it, as every request's is kept: the document names it."""
CorrelationId = Annotated[str | None, CORRELATED]
"""As a parameter of a handler; None when there is none that could go into a header again."""
