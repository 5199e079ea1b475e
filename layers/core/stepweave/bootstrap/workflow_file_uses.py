"""Binds workflows as files of a project to their ports; loaded when it is first called for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.resource_uses import transfer_ports
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.api.uses.transfer import TransferUses
    from stepweave.api.uses.workflow_files import WorkflowFileUses
    from stepweave.domain.api_key import Caller
    from stepweave.domain.resource_import import ImportedResources, Strategy
    from stepweave.services.workflow_files import WorkflowFilePorts


def workflow_file_uses(stores: Stores, transfer: "TransferUses") -> "WorkflowFileUses":
    from stepweave.api.uses.workflow_files import WorkflowFileUses

    def ports() -> "WorkflowFilePorts":
        from stepweave.api.payloads.transfer import import_request
        from stepweave.services.workflow_files import WorkflowFilePorts

        return WorkflowFilePorts(stores.workflows, transfer_ports(stores), import_request, transfer.take)

    def export(project: str) -> int:
        from stepweave.services.workflow_files import export_workflows

        return export_workflows(ports(), project)

    def bundle(project: str) -> dict[str, Any]:
        from stepweave.services.workflow_files import bundle_workflows

        return bundle_workflows(ports(), project)

    def take(
        caller: "Caller", strategy: "Strategy", *, sent: Mapping[str, Any] | None, project: str
    ) -> "ImportedResources":
        from stepweave.services.workflow_files import import_workflows

        return import_workflows(caller, strategy, ports(), sent=sent, project=project)

    return WorkflowFileUses(export, bundle, take)
