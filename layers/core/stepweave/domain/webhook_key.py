"""The key of a Standard Webhooks secret (https://www.standardwebhooks.com)."""

from base64 import b64decode

_PREFIX = "whsec_"
_BYTES = range(24, 65)


def webhook_key(secret: str) -> bytes:
    """The bytes that sign. ValueError for a text that is no such secret.

    -> 24 bytes of `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`; the prefix may be left out
    """
    try:
        key = b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) not in _BYTES:
        raise ValueError(f"a secret is {_PREFIX} and the base64 of 24 to 64 random bytes")
    return key
