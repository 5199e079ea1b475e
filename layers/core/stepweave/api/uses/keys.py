"""What may be done with API keys; the comment names what each raises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepweave.domain.api_key import ApiKey, Caller
from stepweave.services.api_keys import CreateKey
from stepweave.services.listing import ListQuery
from stepweave.services.ports import Page


@dataclass(frozen=True)
class KeyUses:
    create: Callable[[Caller, CreateKey], tuple[ApiKey, str]]  # Forbidden, Invalid, Unauthenticated
    page_of: Callable[[ListQuery], Page[ApiKey]]  # Invalid
    of: Callable[[Caller], Sequence[ApiKey]]
    get: Callable[[Caller, str], ApiKey]  # Forbidden, NotFound
    rotate: Callable[[Caller, str, int], tuple[ApiKey, str]]  # Forbidden, NotFound, Conflict
    revoke: Callable[[Caller, str], None]  # Forbidden, NotFound, Conflict
