"""API keys: made, shown, rotated and revoked.

An operator (no caller) and keys of the role `admin` manage all keys; any other key itself, and those that it has made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from stepweave.domain.api_key import ApiKey, Caller, Role, allows, has_expired, key_text, rotated, secret_hash
from stepweave.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Unauthenticated
from stepweave.ids import NewId
from stepweave.services.listing import ListQuery
from stepweave.services.moments import text_of
from stepweave.services.ports import ApiKeys, Clock, Page

MAX_MADE = 100
"""Keys that come from one below `admin`: what it has made, what these have made, and so on. Each has a bucket of
requests of its own, so that without an end no key would have a limit."""


@dataclass(frozen=True)
class KeyPorts:
    """`new_secret` gives 256 random bits as letters and digits."""

    keys: ApiKeys
    new_id: NewId
    clock: Clock
    new_secret: Callable[[], str]


@dataclass(frozen=True)
class CreateKey:
    """`expires_at`: ISO 8601 in UTC with milliseconds."""

    name: str
    role: Role
    expires_at: str | None = None


def create_key(caller: Caller | None, request: CreateKey, ports: KeyPorts) -> tuple[ApiKey, str]:
    """The key and its text, which is nowhere kept."""
    now = text_of(ports.clock())
    if caller and not allows(caller.role, request.role):
        raise Forbidden(request.role, caller.role)
    if request.expires_at is not None and request.expires_at <= now:
        raise Invalid([Fault("/expires_at", "This time is over.")])
    made_by, expires_at = caller.key_id if caller else None, request.expires_at
    if caller and caller.role != "admin":
        expires_at = _no_longer_than(_maker(caller, ports.keys), expires_at)
    secret = ports.new_secret()
    key = ApiKey(ports.new_id("key"), request.name, request.role, secret_hash(secret), now, made_by, expires_at)
    ports.keys.add(key)
    if caller and ports.keys.get(caller.key_id) is None:
        # It was revoked meanwhile, with the keys that it had made.
        ports.keys.remove(key.id)
        raise _revoked()
    return key, key_text(key.id, secret)


def _maker(caller: Caller, keys: ApiKeys) -> ApiKey:
    """The key below `admin` that makes another one. Raises `Conflict` when it may not make any more."""
    there = keys.all()
    known = {key.id: key for key in there}
    maker = known.get(caller.key_id) or keys.get(caller.key_id)
    if maker is None:
        raise _revoked()
    first = maker
    while (above := known.get(first.created_by or "")) and above.role != "admin":
        first = above
    if len(_made_by(first.id, there)) >= MAX_MADE:
        raise Conflict(
            f"Key '{first.id}' and those that come from it have made {MAX_MADE} keys; revoke some of them first.",
            code="too_many_keys",
        )
    return maker


def _no_longer_than(maker: ApiKey, wanted: str | None) -> str | None:
    """What a key below `admin` makes does not outlive it: else who has stolen one would keep a door open."""
    return min((one for one in (wanted, maker.expires_at) if one is not None), default=None)


def _revoked() -> Unauthenticated:
    return Unauthenticated("The API key was revoked at this moment.")


def list_keys(query: ListQuery, ports: KeyPorts) -> Page[ApiKey]:
    return ports.keys.page(limit=query.limit, offset=query.offset, cursor=query.cursor)


def keys_of(caller: Caller, ports: KeyPorts) -> Sequence[ApiKey]:
    """All that the caller manages, oldest first."""
    return [key for key in ports.keys.all() if _manages(caller, key)]


def get_key(caller: Caller | None, key_id: str, ports: KeyPorts) -> ApiKey:
    """`Forbidden` for a key that the caller does not manage, be it there or not."""
    key = ports.keys.get(key_id)
    if key is not None and (caller is None or _manages(caller, key)):
        return key
    if caller is not None and caller.role != "admin":
        raise Forbidden("admin", caller.role)
    raise NotFound("key", key_id)


def _manages(caller: Caller, key: ApiKey) -> bool:
    return caller.role == "admin" or caller.key_id in (key.id, key.created_by)


def rotate_key(caller: Caller | None, key_id: str, grace_seconds: int, ports: KeyPorts) -> tuple[ApiKey, str]:
    """The key with a new secret, and its new text. The old one stays valid for the grace."""
    key, now, secret = get_key(caller, key_id, ports), ports.clock(), ports.new_secret()
    changed = rotated(key, secret_hash(secret), text_of(now), text_of(now + timedelta(seconds=grace_seconds)))
    if not ports.keys.rotate(changed, was=key.secret_sha256):
        raise Conflict(f"Key '{key_id}' was rotated or revoked at the same moment.", code="key_changed")
    return changed, key_text(key_id, secret)


def revoke_key(caller: Caller | None, key_id: str, ports: KeyPorts) -> None:
    """Effective with the next request: nothing caches a key. What a key below `admin` has made goes with it.

    The last key of the role `admin` is an operator's to revoke: else nobody could make keys any more.
    """
    key = get_key(caller, key_id, ports)
    if key.role != "admin":
        _remove_with_made(key_id, ports.keys)
    elif caller is None or has_expired(key, text_of(ports.clock())):
        ports.keys.remove(key_id)
    else:
        _remove_beside_another(key_id, _lasting(ports.keys.all(), text_of(ports.clock())), ports.keys)


def _remove_with_made(key_id: str, keys: ApiKeys) -> None:
    """The key last, so that who is cut off can come again; then what was made while the others were removed. From then
    on whoever makes one finds that its maker is gone."""
    gone = [*(made.id for made in _made_by(key_id, keys.all())), key_id]
    for each in gone:
        keys.remove(each)
    there = keys.all()
    for late in [one for maker in gone for one in _made_by(maker, there)]:
        keys.remove(late.id)


def _made_by(key_id: str, keys: Sequence[ApiKey]) -> Sequence[ApiKey]:
    made = [key for key in keys if key.created_by == key_id]
    return [one for key in made for one in (*_made_by(key.id, keys), key)]


def _lasting(keys: Sequence[ApiKey], now: str) -> Sequence[ApiKey]:
    """Those that may manage all keys, the ones that never expire first."""
    admins = [key for key in keys if key.role == "admin" and not has_expired(key, now)]
    return sorted(admins, key=lambda key: key.expires_at or "~", reverse=True)


def _remove_beside_another(key_id: str, admins: Sequence[ApiKey], keys: ApiKeys) -> None:
    if not any(keys.remove_beside(key_id, other.id) for other in admins if other.id != key_id):
        raise Conflict(
            f"Key '{key_id}' is the last one of the role 'admin'; make another one first.", code="last_admin_key"
        )
