"""Binds the use cases of API keys to their ports."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import new_tell, utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.keys import KeyUses
    from stepweave.domain.api_key import Caller
    from stepweave.services.authentication import Limiter


def key_check(stores: Stores) -> "Callable[[str], Caller]":
    """Who a key's text belongs to."""
    from stepweave.adapters.api_key_store import ApiKeyStore
    from stepweave.services.authentication import authenticate

    return partial(authenticate, keys=ApiKeyStore(stores.table), clock=utc_now, limiter=_limiter(stores))


def key_uses(stores: Stores, new_id: NewId) -> "KeyUses":
    from stepweave.adapters.api_key_store import ApiKeyStore
    from stepweave.api.uses.keys import KeyUses
    from stepweave.services import api_keys

    ports = api_keys.KeyPorts(ApiKeyStore(stores.table), new_id, utc_now, partial(secrets.token_hex, 32))
    return KeyUses(
        create=partial(api_keys.create_key, ports=ports),
        page_of=partial(api_keys.list_keys, ports=ports),
        of=partial(api_keys.keys_of, ports=ports),
        get=partial(api_keys.get_key, ports=ports),
        rotate=partial(api_keys.rotate_key, ports=ports),
        revoke=partial(api_keys.revoke_key, ports=ports),
    )


def _limiter(stores: Stores) -> "Limiter | None":
    from stepweave.adapters.key_uses import KeyUseStore
    from stepweave.domain.rate_limit import RateLimit
    from stepweave.services.authentication import Limiter

    settings = stores.settings
    if not settings.rate_limit_per_second:
        return None
    limit = RateLimit(settings.rate_limit_per_second, settings.rate_limit_burst)
    return Limiter(limit, KeyUseStore(stores.table), new_tell(settings.stack))
