"""The header `Idempotency-Key`: a request sent again with it is answered again, and done once.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from typing import Annotated

from fastapi import Depends, Header

from stepweave.errors import Fault, Invalid

MAX_LENGTH = 255
REPLAYED = {"idempotent-replayed": "true"}
"""Headers of an answer that an earlier request with the same key has had."""

_NAMES = ("Idempotency-Key", "X-Idempotency-Key")
_DESCRIBED = (
    "1 to 255 characters, remembered for 24 hours: the same request with the same key is done once and answered again,"
    " with `Idempotent-Replayed: true`; another request with it is refused with 409."
)


async def _key(
    plain: Annotated[str | None, Header(alias=_NAMES[0], description=_DESCRIBED)] = None,
    prefixed: Annotated[str | None, Header(alias=_NAMES[1], description="The same.")] = None,
) -> str | None:
    given = {name: value for name, value in zip(_NAMES, (plain, prefixed), strict=True) if value is not None}
    faults = [
        Fault(name, f"An idempotency key has 1 to {MAX_LENGTH} characters, this one {len(value)}.")
        for name, value in given.items()
        if not 1 <= len(value) <= MAX_LENGTH
    ]
    if len(set(given.values())) > 1:
        faults.append(Fault(_NAMES[1], f"Both {_NAMES[0]} and {_NAMES[1]} are given, with different values: send one."))
    if faults:
        raise Invalid(faults)
    return next(iter(given.values()), None)


IdempotencyKey = Annotated[str | None, Depends(_key)]
"""The client's key, as a parameter of a handler; None when the client sent none."""
