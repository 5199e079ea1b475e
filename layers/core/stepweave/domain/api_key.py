"""An API key: `sw_<id>_<secret>`, of which only a hash is kept."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["read", "write", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class ApiKey:
    """`id` is `key_` and 26 characters; the text of a key carries those 26 characters."""

    id: str
    name: str
    role: Role
    secret_sha256: str
    created_at: str


@dataclass(frozen=True)
class Caller:
    """Who sends a request."""

    key_id: str
    role: Role


def key_text(key_id: str, secret: str) -> str:
    """What the user gets, once. -> `sw_01KA..._9f2c...`"""
    return f"sw_{key_id.removeprefix('key_')}_{secret}"


def split_key_text(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None when it is not of that form."""
    prefix, _, rest = text.partition("_")
    ident, _, secret = rest.partition("_")
    if prefix != "sw" or not secret or len(ident) != 26 or not ident.isalnum():
        return None
    return f"key_{ident}", secret


def secret_hash(secret: str) -> str:
    """SHA-256 in hex. The secret has 256 random bits, so that no salt and no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(key: ApiKey, secret: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(key.secret_sha256, secret_hash(secret))


def allows(held: Role, needed: Role) -> bool:
    """read < write < admin."""
    return ROLES.index(held) >= ROLES.index(needed)
