"""Where direct executions are."""

from collections.abc import Sequence
from typing import Protocol

from stepweave.domain.direct_execution import DirectRequest, DirectState


class DirectExecutions(Protocol):
    """Direct executions by id."""

    def create(self, request: DirectRequest, state: DirectState) -> bool:
        """Stores both; False when there is one of that id, which stays as it is. Its first check comes a minute after
        it was made."""

    def get(self, exec_id: str) -> tuple[DirectRequest, DirectState] | None: ...
    def state(self, exec_id: str) -> DirectState | None: ...
    def put(self, state: DirectState, *, was: DirectState) -> bool:
        """Writes a state if the stored one still is `was` (as often written); True also when it stands there already.
        What is over is due no more, what runs is due once its lease has ended."""

    def due(self, now: str, limit: int) -> Sequence[DirectState]:
        """Those not over whose check is due, the longest due first. May lag behind writes."""

    def set_check(self, exec_id: str, checks: int, check_after: str) -> None: ...
