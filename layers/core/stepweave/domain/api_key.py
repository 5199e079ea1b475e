"""An API key: `sw_<id>_<secret>`, of which only a hash is kept."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from stepweave.domain.rate_limit import Allowance

Role = Literal["read", "write", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
MAX_GRACE_SECONDS = 7 * 86_400
MAX_OLD_SECRETS = 4
"""So that a key's item stays below a kilobyte: it is written with every request, and a write unit holds so much."""


@dataclass(frozen=True)
class ApiKey:
    """`id` is `key_` and 26 characters; the text of a key carries those 26 characters.

    Times are ISO 8601 in UTC with milliseconds, which sorts as text does. created_by: id of a key, None for an
    operator. old_secrets: hash of each secret that a rotation left valid -> until when.
    """

    id: str
    name: str
    role: Role
    secret_sha256: str
    created_at: str
    created_by: str | None = None
    expires_at: str | None = None
    rotated_at: str | None = None
    last_used_at: str | None = None
    old_secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what is left to its key; None where nothing limits it."""

    key_id: str
    role: Role
    allowance: Allowance | None = field(default=None, compare=False)


def key_prefix(key_id: str) -> str:
    """How a key's text begins: enough to tell which it is, and nothing secret. -> `sw_01KA...`"""
    return f"sw_{key_id.removeprefix('key_')}"


def key_text(key_id: str, secret: str) -> str:
    """What the user gets, once. -> `sw_01KA..._9f2c...`"""
    return f"{key_prefix(key_id)}_{secret}"


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


def opens(key: ApiKey, hashed: str, now: str) -> bool:
    """Whether a secret of that hash is the key's, or one that a rotation left valid; each compared in constant
    time."""
    valid = [key.secret_sha256, *(old for old, until in key.old_secrets.items() if until > now)]
    return any(hmac.compare_digest(one, hashed) for one in valid)


def has_expired(key: ApiKey, now: str) -> bool:
    return key.expires_at is not None and key.expires_at <= now


def rotated(key: ApiKey, hashed: str, now: str, old_until: str) -> ApiKey:
    """The key with another secret. The one it has stays valid until `old_until`; when that is now, so do none of the
    older ones: who rotates without a grace wants all of them out."""
    kept = {old: until for old, until in key.old_secrets.items() if until > now}
    kept[key.secret_sha256] = old_until
    longest = sorted(kept.items(), key=lambda one: one[1], reverse=True)[:MAX_OLD_SECRETS]
    old_secrets = dict(longest) if old_until > now else {}
    return replace(key, secret_sha256=hashed, rotated_at=now, old_secrets=old_secrets)


def allows(held: Role, needed: Role) -> bool:
    """read < write < admin."""
    return ROLES.index(held) >= ROLES.index(needed)
