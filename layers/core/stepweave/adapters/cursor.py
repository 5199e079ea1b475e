"""Cursors: where the next page of a list begins, opaque to the client, and of use in that list only."""

import base64
import binascii
import hashlib

from stepweave.errors import Fault, Invalid


def encode(list_name: str, list_key: str) -> str:
    return base64.urlsafe_b64encode(f"{_mark(list_name)}{list_key}".encode()).decode().rstrip("=")


def decode(list_name: str, cursor: str) -> str:
    """The last row's place in its list. Raises `Invalid` for anything that is no cursor of that list."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _no_cursor() from error
    mark = _mark(list_name)
    if not text.startswith(mark) or text == mark:
        raise _no_cursor()
    return text[len(mark) :]


def _mark(list_name: str) -> str:
    return hashlib.sha256(list_name.encode()).hexdigest()[:8]


def _no_cursor() -> Invalid:
    fault = Fault("?cursor", "is no cursor of this list; take `next_cursor` of the page before, with the same filters")
    return Invalid([fault])
