"""Delete a workflow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepweave.domain.api_key import Caller
from stepweave.domain.run import Fail
from stepweave.errors import Unavailable, WorkflowInUse
from stepweave.services.clearance import ClearancePorts, clear
from stepweave.services.moments import text_of
from stepweave.services.preconditions import ANY, IfMatch, require
from stepweave.services.workflow_changes import Changed, tell
from stepweave.services.workflow_writes import WritePorts, persist
from stepweave.services.workflows import current

COUNTED = 1_000
"""Active runs that the refusal counts."""

NAMED = 100
"""Of these it names."""

Cancel = Callable[[str, str, Fail], Any]
"""Cancels a run by its id: for a caller's id, with the error that it is to show."""


@dataclass(frozen=True)
class DeleteWorkflow:
    """`force`: active runs are cancelled."""

    force: bool = False
    if_match: IfMatch = ANY


@dataclass(frozen=True)
class DeletePorts:
    write: WritePorts
    clearance: ClearancePorts
    cancel: Cancel


def delete_workflow(caller: Caller, ref: str, request: DeleteWorkflow, ports: DeletePorts) -> None:
    """Afterwards there is no such workflow; its finished runs can be read as before.

    Raises `NotFound`, `PreconditionFailed`, and `Conflict` when runs are active that may not be cancelled. Runs are
    cancelled once the workflow is gone, since from then on none is accepted; so is one that was accepted at that very
    moment. What is too much for one request, or was cut off, is done by reconcile.
    """

    def attempt() -> Changed | None:
        found = current(ref, ports.write.workflows)
        require(request.if_match, found.workflow)
        if not request.force:
            _refuse_active(found.workflow.id, ports.clearance)
        deleted = ports.write.workflows.delete(found.workflow, text_of(ports.write.clock()))
        return Changed(found.workflow, found.version, found.workflow, deleted=True) if deleted else None

    changed = persist(attempt, ports.write.sleep, ports.write.random)
    tell(changed, ports.write.sinks)
    why = Fail("workflow_deleted", f"The workflow '{changed.workflow.id}' was deleted.")
    cancelling = replace(ports.clearance, cancel=lambda run_id: ports.cancel(run_id, caller.key_id, why))
    try:
        clear(changed.workflow.id, cancelling)
    except Unavailable:
        return  # reconcile goes on with it


def _refuse_active(workflow_id: str, ports: ClearancePorts) -> None:
    runs = ports.runs.active(workflow_id, COUNTED)
    active = len(runs)
    if active:
        number = f"{'at least ' if active == COUNTED else ''}{active} active run{'' if active == 1 else 's'}"
        raise WorkflowInUse(workflow_id, number, [run.run_id for run in runs[:NAMED]])
