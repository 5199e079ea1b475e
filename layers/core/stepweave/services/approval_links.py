"""Approval links: each lets whoever holds it decide one wait of one run, without a key.

The token in a link names what it is for and is signed with a key of the deployment, so that it can be made wherever it
is needed, also before the wait is entered, and stored nowhere. What is stored, when it is used, is its digest.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from stepweave.services.ports import SigningKey

_PURPOSE = b"stepweave approval 1\n"


@dataclass(frozen=True)
class Approval:
    """What a link is for: a wait, by the key of its step run, as it was asked to run for the `generation`-th time
    again."""

    run_id: str
    key: str
    generation: int = 0


@dataclass(frozen=True)
class ApprovalLinks:
    """Makes and reads links. `base`: where the API is reached, without a slash at the end."""

    key: SigningKey
    base: str

    def url(self, approval: Approval, base: str = "") -> str:
        return f"{self.base or base}/approvals/{self.token(approval)}"

    def token(self, approval: Approval) -> str:
        """-> `<what it is for>.<HMAC-SHA256>`, both in base64url: 256 bits to guess."""
        again = f" {approval.generation}" if approval.generation else ""
        named = f"{approval.run_id} {approval.key}{again}".encode()
        return f"{_text(named)}.{_text(self._mac(named))}"

    def read(self, token: str) -> Approval | None:
        """What a token is for; None when it was not made here."""
        named, _, mac = token.partition(".")
        try:
            told = _bytes(named)
            if not hmac.compare_digest(self._mac(told), _bytes(mac)):
                return None
        except (binascii.Error, ValueError):
            return None
        run_id, key, *again = told.decode().split(" ")
        return Approval(run_id, key, int(again[0]) if again else 0)

    def _mac(self, named: bytes) -> bytes:
        return hmac.digest(self.key(), _PURPOSE + named, "sha256")


def digest(token: str) -> str:
    """SHA-256 of a token, in hex: what may be stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Exactly what `_text` wrote: base64 has several texts for the same bytes, and one link must have one digest."""
    data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(data) != text:
        raise ValueError("not in canonical form")
    return data
