"""Runs that an agent starts, and how they end."""

from contextlib import suppress
from dataclasses import replace

from stepweave.domain.api_key import Caller
from stepweave.domain.run import ACTIVE_RUN, Fail
from stepweave.errors import Conflict, NotFound
from stepweave.services.control import ControlPorts, cancel_run
from stepweave.services.idempotency import Once
from stepweave.services.ports import Runs, Values
from stepweave.services.ports.subruns import Outcome, Subrun
from stepweave.services.start import StartPorts, StartRun, start_run


def start_subrun(wanted: Subrun, ports: StartPorts) -> str:
    """Its id. Raises as `start_run` does."""
    request = StartRun(wanted.input_data, trigger="agent", labels=wanted.labels, once=Once("agent", wanted.once))
    ports = replace(ports, origin=lambda: wanted.origin)
    return start_run(Caller(wanted.by, "write"), wanted.workflow, request, ports).state.run_id


def cancel_subrun(run_id: str, wanted: Subrun, ports: ControlPorts) -> None:
    """Cancels it because the run that it was started for was; one that has ended by itself stays as it is."""
    parent = wanted.labels["parent_run"]
    why = Fail("parent_run_cancelled", f"Run '{parent}', which had started it, was cancelled.", {"run_id": parent})
    with suppress(Conflict, NotFound):
        cancel_run(run_id, ports, by=wanted.by, why=why)


def outcome_of(run_id: str, *, runs: Runs, values: Values) -> Outcome | None:
    """None while it is under way; one read of one item."""
    state = runs.state(run_id)
    if state is None:
        return Outcome("deleted")
    if state.status in ACTIVE_RUN:
        return None
    error = {"code": state.error.code, "message": state.error.message} if state.error else None
    return Outcome(state.status, values.load(state.output) if state.output else None, error)
