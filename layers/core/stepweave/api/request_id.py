"""The id of a request: the client's when it is sane, else a new one."""

import re

from stepweave.ids import NewId

HEADER = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9._:/=+-]{1,128}")


def request_id_for(sent: str | None, new_id: NewId) -> str:
    """What goes into the answer and the log: nothing that could break a line or carry markup."""
    return sent if sent and _SANE.fullmatch(sent) else new_id("req")
