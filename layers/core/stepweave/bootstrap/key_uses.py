"""Binds the use cases of API keys to their ports."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import new_tell, utc_now
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.domain.api_key import Caller
    from stepweave.services.authentication import Limiter


def key_check(stores: Stores) -> "Callable[[str], Caller]":
    """Who a key's text belongs to."""
    from stepweave.adapters.api_key_store import ApiKeyStore
    from stepweave.services.authentication import authenticate

    return partial(authenticate, keys=ApiKeyStore(stores.table), clock=utc_now, limiter=_limiter(stores))


def _limiter(stores: Stores) -> "Limiter | None":
    from stepweave.adapters.key_uses import KeyUseStore
    from stepweave.domain.rate_limit import RateLimit
    from stepweave.services.authentication import Limiter

    settings = stores.settings
    if not settings.rate_limit_per_second:
        return None
    limit = RateLimit(settings.rate_limit_per_second, settings.rate_limit_burst)
    return Limiter(limit, KeyUseStore(stores.table), new_tell(settings.stack))
