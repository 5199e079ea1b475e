"""Direct executions, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from stepweave.domain.direct_execution import OVER, DirectRequest, DirectState
from stepweave.services.moments import moment_of, text_of


@dataclass
class FakeDirectExecutions:
    requests: dict[str, DirectRequest] = field(default_factory=dict)
    states: dict[str, DirectState] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)

    def create(self, request: DirectRequest, state: DirectState) -> bool:
        if request.id in self.requests:
            return False
        self.requests[request.id] = request
        self._keep(state)
        return True

    def get(self, exec_id: str) -> tuple[DirectRequest, DirectState] | None:
        return (self.requests[exec_id], self.states[exec_id]) if exec_id in self.requests else None

    def state(self, exec_id: str) -> DirectState | None:
        return self.states.get(exec_id)

    def put(self, state: DirectState, *, was: DirectState) -> bool:
        stands = self.states[state.exec_id]
        if stands.writes != was.writes:
            return replace(stands, checks=0) == replace(state, checks=0)
        self._keep(state)
        return True

    def due(self, now: str, limit: int) -> Sequence[DirectState]:
        found = sorted((after, exec_id) for exec_id, after in self.checks.items() if after <= now)
        return [self.states[exec_id] for _, exec_id in found[:limit]]

    def set_check(self, exec_id: str, checks: int, check_after: str) -> None:
        if exec_id in self.checks:
            self.checks[exec_id] = check_after
            self.states[exec_id] = replace(self.states[exec_id], checks=checks)

    def _keep(self, state: DirectState) -> None:
        self.states[state.exec_id] = state
        if state.status in OVER:
            self.checks.pop(state.exec_id, None)
        else:
            since = moment_of(state.lease_until or state.updated_at)
            self.checks[state.exec_id] = text_of(since + timedelta(minutes=1))
