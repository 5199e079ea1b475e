"""What may be done with waits for signals; the comment names what each raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.services.approvals import Asked, Decision
from stepweave.services.sent_signals import SendSignal, Sent


@dataclass(frozen=True)
class SignalUses:
    send: Callable[[Caller, str, SendSignal], Sent]  # NotFound, Conflict
    approvals: Callable[[str, str], Sequence[Mapping[str, Any]]]  # NotFound
    see: Callable[[str], Asked]  # NotFound
    decide: Callable[[str, Decision], Asked]  # NotFound, Conflict, Gone, Unavailable
