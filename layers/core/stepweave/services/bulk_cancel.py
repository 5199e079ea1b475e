"""Cancelling the active runs of a workflow that a filter names, a bounded number at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from stepweave.domain.run import RunState
from stepweave.errors import Conflict, NotFound
from stepweave.ids import ulid
from stepweave.services.control import ControlPorts, cancel_run
from stepweave.services.workflows import current

LOOKED_AT = 100
"""Runs that one request looks at; it says where the next goes on."""


@dataclass(frozen=True)
class CancelRuns:
    """Which runs: all that is given must hold. `older_than`: seconds since they were created; `after`: a run id."""

    statuses: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    older_than: float | None = None
    after: str = ""


@dataclass(frozen=True)
class Cancelled:
    """`run_ids`: runs that matched and are cancelled or about to be. `after`: None when all have been looked at."""

    run_ids: Sequence[str]
    after: str | None


def cancel_runs(ref: str, wanted: CancelRuns, ports: ControlPorts, *, by: str) -> Cancelled:
    """Oldest first. A run that ends by itself meanwhile is passed over."""
    dispatch = ports.finish.dispatch
    workflow_id = current(ref, dispatch.workflows).workflow.id
    states = dispatch.runs.active(workflow_id, LOOKED_AT, after=wanted.after)
    before = _newest(wanted, ports)
    matching = [state for state in states if _matches(state, wanted, before, ports)]
    cancelled = [state.run_id for state in matching if _cancel(state.run_id, ports, by)]
    more = len(states) == LOOKED_AT
    return Cancelled(cancelled, states[-1].run_id if more else None)


def _newest(wanted: CancelRuns, ports: ControlPorts) -> str | None:
    """Run ids sort by the time at which they were made: the id that one made then would have had."""
    if wanted.older_than is None:
        return None
    moment = ports.clock() - timedelta(seconds=wanted.older_than)
    return f"run_{ulid(max(0, int(moment.timestamp() * 1000)), 0)}"


def _matches(state: RunState, wanted: CancelRuns, before: str | None, ports: ControlPorts) -> bool:
    status = "running" if state.status == "waiting" else state.status
    if wanted.statuses and status not in wanted.statuses:
        return False
    if before is not None and state.run_id >= before:
        return False
    if not wanted.labels:
        return True
    labels = ports.finish.dispatch.runs.read(state.run_id, [])[0].labels
    return all(labels.get(name) == value for name, value in wanted.labels.items())


def _cancel(run_id: str, ports: ControlPorts, by: str) -> bool:
    try:
        cancel_run(run_id, ports, by=by)
    except (Conflict, NotFound):
        return False
    return True
