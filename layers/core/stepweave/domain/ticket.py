"""A ticket: what lets a browser, which cannot send a key, follow one run. Only a hash of its text is kept."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Ticket:
    """`expires_at` moves on while it is used, but not past `ends_at`; `key_id`: whose rights it stands for."""

    run_id: str
    key_id: str
    expires_at: str
    ends_at: str


def ticket_digest(text: str) -> str:
    """SHA-256 in hex. The text has 256 random bits, so that no salt and no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()
