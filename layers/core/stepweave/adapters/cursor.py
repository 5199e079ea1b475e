"""Cursors: where the next page of a list begins, opaque to the client."""

import base64
import binascii

from stepweave.errors import Fault, Invalid


def encode(list_key: str) -> str:
    return base64.urlsafe_b64encode(list_key.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    """The last row's place in its list. Raises `Invalid` for anything that is no cursor of ours."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        fault = Fault("?cursor", "is not a cursor; take `next_cursor` of the page before")
        raise Invalid([fault]) from error
