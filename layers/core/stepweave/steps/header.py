"""Which headers a request may carry: none that could end a line early, or speak for the transport itself."""

import re
from collections.abc import Mapping

from stepweave.domain.header_name import bad_header_name
from stepweave.errors import StepError

_NOT_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_headers(headers: Mapping[str, str]) -> None:
    """`StepError` `invalid_header` names a header that cannot be sent (RFC 9110, 5.5 and 5.6.2)."""
    for name, value in headers.items():
        if reason := bad_header_name(name):
            raise _invalid(name, reason)
        if _NOT_IN_VALUE.search(value):
            raise _invalid(name, "its value holds a line break or another control character")
        if any(ord(character) > 255 for character in value):
            raise _invalid(
                name, "its value holds characters outside Latin-1; encode them, for example as RFC 8187 does"
            )


def _invalid(name: str, reason: str) -> StepError:
    return StepError("invalid_header", f"The header {name[:100]!r} cannot be sent: {reason}.", details={"header": name})
