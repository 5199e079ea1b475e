"""Ids: a prefix that tells the kind, then 26 characters that sort by time.

The 26 characters are a ULID (48 bits of milliseconds, 80 random bits, Crockford base 32): https://github.com/ulid/spec.
"""

from collections.abc import Callable
from typing import Literal

Prefix = Literal["wf", "run", "sched", "tpl", "agent", "key", "exec", "req", "sig", "evt"]
NewId = Callable[[Prefix], str]

_LENGTH = 26
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int, randomness: int) -> str:
    """The 26 characters of a moment and 80 random bits. -> `01KAFZ5Y0M5VJ3R1XQZ0W8T4CN`"""
    value = (milliseconds << 80) | randomness
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def milliseconds_of(made: str) -> int | None:
    """When an id was made. -> 1 of `run_00000000010000000000000000`; None for what is none of ours"""
    text = made.rpartition("_")[2]
    if len(text) != _LENGTH or not set(text) <= set(_ALPHABET):
        return None
    value = 0
    for letter in text:
        value = value << 5 | _ALPHABET.index(letter)
    return value >> 80


def new_id_factory(now_ms: Callable[[], int], random_bits: Callable[[int], int]) -> NewId:
    """Ids from an injected clock (milliseconds) and source of randomness (`secrets.randbits` in production)."""

    def new_id(prefix: Prefix) -> str:
        return f"{prefix}_{ulid(now_ms(), random_bits(80))}"

    return new_id
