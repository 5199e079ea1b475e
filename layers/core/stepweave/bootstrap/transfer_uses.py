"""Binds export and import of workflows to their ports."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.workflow_uses import create_ports
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.transfer import TransferUses
    from stepweave.api.uses.workflows import WorkflowUses
    from stepweave.domain.api_key import Caller
    from stepweave.domain.workflow import Workflow
    from stepweave.services.workflows import CreateWorkflow


def transfer_uses(stores: Stores, new_id: NewId, workflows: "WorkflowUses") -> "TransferUses":
    from stepweave.api.uses.transfer import TransferUses
    from stepweave.services.transfer import ImportPorts, import_workflow
    from stepweave.services.workflow_creation import create_workflow

    ports = create_ports(stores, new_id)

    def create(caller: "Caller", request: "CreateWorkflow", workflow_id: str | None) -> "Workflow":
        under = replace(ports, new_id=lambda _: workflow_id) if workflow_id else ports
        return create_workflow(caller, request, under).workflow

    importing = ImportPorts(stores.workflows, create, workflows.replace, workflows.set_status)
    return TransferUses(take=partial(import_workflow, ports=importing))
