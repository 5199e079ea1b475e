"""Delete a workflow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.run import Fail
from stepweave.errors import Conflict, Unavailable
from stepweave.services.clearance import ClearancePorts, cancel_active, clear
from stepweave.services.moments import text_of
from stepweave.services.preconditions import ANY, IfMatch, require
from stepweave.services.workflow_changes import Changed, tell
from stepweave.services.workflow_writes import WritePorts, persist
from stepweave.services.workflows import current

COUNTED = 1_000
"""Active runs that the refusal counts."""

Cancel = Callable[[str, str, Fail], Any]
"""Cancels a run by its id: for a caller's id, with the error that it is to show."""


@dataclass(frozen=True)
class DeleteWorkflow:
    """`force`: active runs are cancelled first."""

    force: bool = False
    if_match: IfMatch = ANY


@dataclass(frozen=True)
class DeletePorts:
    write: WritePorts
    clearance: ClearancePorts
    cancel: Cancel


def delete_workflow(caller: Caller, ref: str, request: DeleteWorkflow, ports: DeletePorts) -> None:
    """Afterwards there is no such workflow; its finished runs can be read as before.

    Raises `NotFound`, `PreconditionFailed`, and `Conflict` when runs are active that may not be cancelled. A run that
    is accepted at this very moment is cancelled. Who is cut off once the workflow is gone is followed by reconcile.
    """

    def attempt() -> Changed | None:
        found = current(ref, ports.write.workflows)
        require(request.if_match, found.workflow)
        _stop_runs(caller, found.workflow.id, request.force, ports)
        deleted = ports.write.workflows.delete(found.workflow, text_of(ports.write.clock()))
        return Changed(found.workflow, found.version, found.workflow, deleted=True) if deleted else None

    changed = persist(attempt, ports.write.sleep, ports.write.random)
    tell(changed, ports.write.sinks)
    try:
        clear(changed.workflow.id, ports.clearance)
    except Unavailable:
        return  # reconcile goes on with it


def _stop_runs(caller: Caller, workflow_id: str, force: bool, ports: DeletePorts) -> None:
    runs = ports.clearance.runs
    if force:
        why = Fail("workflow_deleted", f"The workflow '{workflow_id}' was deleted.")
        cancel_active(workflow_id, runs, lambda run_id: ports.cancel(run_id, caller.key_id, why))
    elif active := len(runs.active(workflow_id, COUNTED)):
        number = f"{'at least ' if active == COUNTED else ''}{active} active run{'' if active == 1 else 's'}"
        raise Conflict(
            f"Workflow '{workflow_id}' has {number}. Wait for their end, or cancel them first: with "
            "'?force=true' this request does so.",
            code="workflow_has_active_runs",
        )
