"""Which headers a request may carry: none that could end a line early, or speak for the transport itself."""

from collections.abc import Mapping

from stepweave.domain.header import bad_header_name, bad_header_value
from stepweave.errors import StepError


def check_headers(headers: Mapping[str, str]) -> None:
    """`StepError` `invalid_header` names a header that cannot be sent (RFC 9110, 5.5 and 5.6.2)."""
    for name, value in headers.items():
        if reason := bad_header_name(name):
            raise _invalid(name, reason)
        if reason := bad_header_value(value):
            raise _invalid(name, reason)


def _invalid(name: str, reason: str) -> StepError:
    return StepError("invalid_header", f"The header {name[:100]!r} cannot be sent: {reason}.", details={"header": name})
