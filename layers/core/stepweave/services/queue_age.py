"""How long a run has been queueing."""

from datetime import UTC, datetime

from stepweave.domain.run import RunState
from stepweave.ids import milliseconds_of
from stepweave.services.moments import moment_of


def queued_since(state: RunState) -> datetime:
    """From when its current execution was to start: made, due later, or resumed."""
    resumed = [event.at for event in state.told if event.kind == "run_resumed"]
    if resumed:
        return max(moment_of(at) for at in resumed)
    made = datetime.fromtimestamp((milliseconds_of(state.run_id) or 0) / 1000, UTC)
    return max(made, moment_of(state.run_at)) if state.run_at else made


def queued_seconds(state: RunState, now: datetime) -> float:
    return max(0.0, round((now - queued_since(state)).total_seconds(), 3))
