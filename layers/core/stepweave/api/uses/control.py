"""What may be done to runs; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.domain.run import RunState
from stepweave.services.bulk_cancel import Cancelled, CancelRuns
from stepweave.services.resume import Resume


@dataclass(frozen=True)
class ControlUses:
    cancel: Callable[[Caller, str], RunState]  # NotFound, Conflict
    pause: Callable[[Caller, str], RunState]  # NotFound, Conflict
    resume: Callable[[str, Resume], RunState]  # NotFound, Conflict, VersionIncompatible, Invalid
    delete: Callable[[str], None]  # NotFound, Conflict
    cancel_many: Callable[[Caller, str, CancelRuns], Cancelled]  # NotFound
