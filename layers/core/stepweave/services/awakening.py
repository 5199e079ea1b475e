"""A workflow that rested may run again: what queued meanwhile starts."""

from stepweave.domain.workflow import Workflow
from stepweave.services.dispatch import dispatch_workflow
from stepweave.services.executions import DispatchPorts
from stepweave.services.workflow_changes import Changed


def dispatch_when_it_may_run(changed: Changed, ports: DispatchPorts) -> None:
    """A sink of changes. The status is accepted once it is stored: should starting fail now, reconcile starts them."""
    if changed.before is None or changed.deleted or not _rests(changed.before) or _rests(changed.workflow):
        return
    try:
        dispatch_workflow(changed.workflow.id, ports)
    except Exception as error:
        ports.tell.fault("run_start_delayed", error, workflow_id=changed.workflow.id)


def _rests(workflow: Workflow) -> bool:
    return workflow.status in ("paused", "archived")
