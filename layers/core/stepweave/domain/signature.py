"""Signatures of inbound webhooks, over the bytes that came, compared in constant time.

Each strategy is what its provider documents; those that sign a time take none that is more than five minutes off.
https://docs.stripe.com/webhooks/signature, https://docs.github.com/webhooks (validating deliveries),
https://api.slack.com/authentication/verifying-requests-from-slack, https://www.standardwebhooks.com
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

WINDOW = 300
"""Seconds that a signed time may differ from ours, either way."""
DEFAULT_HEADER = "x-sig"
"""Where `hmac` looks for a signature, unless it is told another header."""


@dataclass(frozen=True)
class Signed:
    """A delivery as it came: names of headers in lower case."""

    headers: Mapping[str, str]
    raw: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


def is_signed(strategy: str, delivery: Signed, secrets: Sequence[str], now: float, *, header: str | None) -> bool:
    """Whether the delivery is signed by one of the secrets. `now`: seconds since 1970; `header`: of `hmac`."""
    if strategy == "hmac":
        return _is_hmac(delivery, secrets, (header or DEFAULT_HEADER).lower())
    check = _STRATEGIES[strategy]
    return check(delivery, secrets, now)


def _is_hmac(delivery: Signed, secrets: Sequence[str], header: str) -> bool:
    """Hexadecimal or base64, with or without `sha256=` in front."""
    sent = delivery.header(header).strip().removeprefix("sha256=")
    digests = [_digest(secret.encode(), delivery.raw) for secret in secrets]
    texts = [each.hex() for each in digests] + [base64.b64encode(each).decode() for each in digests]
    return _matches([sent.lower(), sent], texts)


def _is_github(delivery: Signed, secrets: Sequence[str], _now: float) -> bool:
    sent = delivery.header("x-hub-signature-256")
    return _matches([sent], [f"sha256={_digest(secret.encode(), delivery.raw).hex()}" for secret in secrets])


def _is_stripe(delivery: Signed, secrets: Sequence[str], now: float) -> bool:
    parts = [part.strip().partition("=") for part in delivery.header("stripe-signature").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _is_recent(times[0], now):
        return False
    content = times[0].encode() + b"." + delivery.raw
    wanted = [_digest(secret.encode(), content).hex() for secret in secrets]
    return _matches([value for name, _, value in parts if name == "v1"], wanted)


def _is_slack(delivery: Signed, secrets: Sequence[str], now: float) -> bool:
    at = delivery.header("x-slack-request-timestamp")
    content = b"v0:" + at.encode(errors="replace") + b":" + delivery.raw
    wanted = [f"v0={_digest(secret.encode(), content).hex()}" for secret in secrets]
    return _is_recent(at, now) and _matches([delivery.header("x-slack-signature")], wanted)


def _is_standard(delivery: Signed, secrets: Sequence[str], now: float) -> bool:
    message, at = delivery.header("webhook-id"), delivery.header("webhook-timestamp")
    content = f"{message}.{at}.".encode(errors="replace") + delivery.raw
    keys = [key for secret in secrets if (key := _standard_key(secret))]
    wanted = [f"v1,{base64.b64encode(_digest(key, content)).decode()}" for key in keys]
    return bool(message) and _is_recent(at, now) and _matches(delivery.header("webhook-signature").split(" "), wanted)


def _standard_key(secret: str) -> bytes:
    """Empty for what is no key: it signs nothing."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


_STRATEGIES: Mapping[str, Callable[[Signed, Sequence[str], float], bool]] = {
    "github": _is_github,
    "slack": _is_slack,
    "standard": _is_standard,
    "stripe": _is_stripe,
}


def _digest(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _is_recent(text: str, now: float) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12 and abs(now - int(text)) <= WINDOW


def _matches(sent: Iterable[str], wanted: Sequence[str]) -> bool:
    """Compares each with each, so that how long it takes tells nothing."""
    found = [hmac.compare_digest(one.encode(errors="replace"), other.encode()) for one in sent for other in wanted]
    return any(found)
