"""Places in a list that is ordered by id: after an id, or before one, opaque to the client."""

import base64
import binascii
import re
from typing import Literal, NamedTuple

from stepweave.errors import BadRequest

_TEXT = re.compile(r"v2:(after|before):([A-Za-z0-9][A-Za-z0-9._-]{0,99})")


class Place(NamedTuple):
    side: Literal["after", "before"]
    id: str


def encode(place: Place) -> str:
    """-> `djI6YWZ0ZXI6YQ` of `("after", "a")`: unpadded base64url (RFC 4648, section 5) of `v2:after:a`."""
    return base64.urlsafe_b64encode(f"v2:{place.side}:{place.id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Place:
    """`BadRequest` (`invalid_cursor`) for all that `encode` does not make."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    found = _TEXT.fullmatch(text)
    if found is None or "=" in cursor:
        raise _invalid()
    return Place("after" if found[1] == "after" else "before", found[2])


def _invalid() -> BadRequest:
    message = "Invalid cursor parameter: take `next_cursor` or `prev_cursor` of a page of this list."
    return BadRequest(message, code="invalid_cursor")
