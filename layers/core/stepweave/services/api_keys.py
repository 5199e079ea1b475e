"""API keys: made, listed, revoked; and who a request is from."""

from collections.abc import Callable, Sequence

from stepweave.domain.api_key import ApiKey, Caller, Role, key_text, matches, secret_hash, split_key_text
from stepweave.errors import NotFound, Unauthenticated
from stepweave.ids import NewId
from stepweave.services.moments import text_of
from stepweave.services.ports import ApiKeys, Clock


def create_key(
    name: str, role: Role, *, keys: ApiKeys, new_id: NewId, clock: Clock, new_secret: Callable[[], str]
) -> tuple[ApiKey, str]:
    """The key and its text, which is nowhere kept. `new_secret` gives 256 random bits as letters and digits."""
    secret = new_secret()
    key = ApiKey(new_id("key"), name, role, secret_hash(secret), text_of(clock()))
    keys.add(key)
    return key, key_text(key.id, secret)


def list_keys(*, keys: ApiKeys) -> Sequence[ApiKey]:
    return keys.all()


def revoke_key(key_id: str, *, keys: ApiKeys) -> None:
    """Effective with the next request: nothing caches a key."""
    if not keys.remove(key_id):
        raise NotFound("key", key_id)


def authenticate(text: str, *, keys: ApiKeys) -> Caller:
    """Who a bearer token belongs to; one read. An unknown id and a wrong secret get the same answer."""
    parts = split_key_text(text)
    key = keys.get(parts[0]) if parts else None
    if parts is None or key is None or not matches(key, parts[1]):
        raise Unauthenticated("The API key is unknown or revoked. Send `Authorization: Bearer sw_...`.")
    return Caller(key.id, key.role)
