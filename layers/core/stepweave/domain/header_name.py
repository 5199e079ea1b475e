"""Names of headers that a definition may set: found wrong when it is stored, and checked again before they are sent."""

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_THE_TRANSPORTS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"}
)


def bad_header_name(name: str) -> str | None:
    """Why a request cannot carry a header of that name (RFC 9110, 5.6.2); None when it can."""
    if not _NAME.fullmatch(name):
        return "its name may hold letters, digits and !#$%&'*+.^_`|~- only"
    if name.lower() in _THE_TRANSPORTS or name.lower().startswith("proxy-"):
        return "it is set by Stepweave; leave it out"
    return None
