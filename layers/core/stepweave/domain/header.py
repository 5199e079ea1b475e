"""Headers that a definition may set: found wrong when it is stored, and checked again before they are sent."""

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
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


def bad_header_value(value: str) -> str | None:
    """Why no header can have that value (RFC 9110, 5.5); None when one can."""
    if _NOT_IN_VALUE.search(value):
        return "its value holds a line break or another control character"
    if any(ord(character) > 255 for character in value):
        return "its value holds characters outside Latin-1; encode them, for example as RFC 8187 does"
    return None
