"""What may be done with triggers; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.services.hooks import Delivery, Received
from stepweave.services.signal_triggers import Publish


@dataclass(frozen=True)
class TriggerUses:
    publish: Callable[[Caller, Publish], str]  # Conflict
    receive: Callable[[str, Delivery], Received]  # NotFound, Unauthenticated, Conflict, Invalid, Unavailable
