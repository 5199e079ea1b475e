"""What may be done with direct executions; the comment names what each raises."""

from collections.abc import Callable
from dataclasses import dataclass

from stepweave.domain.api_key import Caller
from stepweave.domain.direct_execution import DirectState, Kind
from stepweave.services.direct_executions import ShownDirect, StartDirect, StartedDirect


@dataclass(frozen=True)
class DirectUses:
    """hold: seconds for which a request may wait for an execution's end; None: as long as it likes."""

    start: Callable[[Caller, StartDirect], StartedDirect]  # NotFound, Invalid, Conflict
    get: Callable[[Kind, str], ShownDirect]  # NotFound
    state: Callable[[Kind, str], DirectState]  # NotFound
    hold: float | None
