"""The ids of a request: the client's where they are sane; its own id is made where it is not."""

import re
from collections.abc import Mapping

from stepweave.domain.origin import CORRELATION_ID, TRACEPARENT, Origin, read_trace
from stepweave.ids import NewId

HEADER = "x-request-id"
_XRAY = "x-amzn-trace-id"
_SANE = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}")
"""What goes into the answer and the log: nothing that could break a line or carry markup."""


def origin_of(headers: Mapping[str, str], new_id: NewId) -> Origin:
    """`headers`: by names in lower case, or in any."""
    request_id = _sane(headers.get(HEADER)) or new_id("req")
    trace = read_trace(headers.get(TRACEPARENT), headers.get(_XRAY))
    return Origin(request_id, _sane(headers.get(CORRELATION_ID.lower())), trace)


def _sane(sent: str | None) -> str:
    return sent if sent and _SANE.fullmatch(sent) else ""
