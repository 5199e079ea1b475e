"""Runs that an agent starts, and how they end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.run import ACTIVE_RUN
from stepweave.services.idempotency import Once
from stepweave.services.ports import Runs, Values
from stepweave.services.start import StartPorts, StartRun, start_run


@dataclass(frozen=True)
class Subrun:
    """A run that is wanted; `once`: asked for again under it, it is the same run."""

    workflow: str
    input_data: Mapping[str, Any]
    labels: Mapping[str, str]
    once: str
    by: str


@dataclass(frozen=True)
class Outcome:
    status: str
    output: Any = None
    error: Mapping[str, Any] | None = None


def start_subrun(wanted: Subrun, ports: StartPorts) -> str:
    """Its id. Raises as `start_run` does."""
    request = StartRun(wanted.input_data, trigger="agent", labels=wanted.labels, once=Once("agent", wanted.once))
    return start_run(Caller(wanted.by, "write"), wanted.workflow, request, ports).state.run_id


def outcome_of(run_id: str, *, runs: Runs, values: Values) -> Outcome | None:
    """None while it is under way; one read of one item."""
    state = runs.state(run_id)
    if state is None:
        return Outcome("deleted")
    if state.status in ACTIVE_RUN:
        return None
    error = {"code": state.error.code, "message": state.error.message} if state.error else None
    return Outcome(state.status, values.load(state.output) if state.output else None, error)
