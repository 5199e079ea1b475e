"""What is left to a key, in the headers of every answer to it: `RateLimit-*` (IETF draft "RateLimit header fields for
HTTP", version 3), and `X-RateLimit-*`, whose reset is a moment."""

from stepweave.domain.rate_limit import Allowance


def rate_headers(left: Allowance) -> dict[str, str]:
    """`limit` is the size of the bucket; reset is when it is full again, in seconds from now, and since 1970."""
    told = {"limit": left.limit, "remaining": left.remaining, "reset": left.reset_seconds}
    plain = {f"ratelimit-{name}": str(value) for name, value in told.items()}
    return plain | {f"x-ratelimit-{name}": str(value) for name, value in (told | {"reset": left.reset_at}).items()}
