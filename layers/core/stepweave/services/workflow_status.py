"""Change what a workflow may start."""

from dataclasses import dataclass, replace

from stepweave.domain.api_key import Caller
from stepweave.domain.workflow import Version, Workflow, WorkflowStatus
from stepweave.services.preconditions import ANY, IfMatch
from stepweave.services.workflow_writes import Change, WritePorts, write_workflow


@dataclass(frozen=True)
class SetStatus:
    status: WorkflowStatus
    if_match: IfMatch = ANY


def set_status(caller: Caller, ref: str, request: SetStatus, ports: WritePorts) -> tuple[Workflow, Version]:
    """Any status may follow any other; one that it has already changes nothing. Runs under way go on."""
    return write_workflow(
        caller,
        ref,
        request.if_match,
        lambda found: Change(replace(found.workflow, status=request.status)),
        ports,
    )
