"""Binds the use cases of agents, tasks and tools to their ports."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.clients import later, utc_now
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.api.uses.resources import ResourceUses
    from stepweave.domain.resource import Kind
    from stepweave.domain.resource_import import ImportedResources, Strategy
    from stepweave.services.resource_transfer import TransferPorts


def resource_uses(stores: Stores) -> "ResourceUses":
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.api.uses.resources import ResourceUses
    from stepweave.services import resources
    from stepweave.services.references import ReferencePorts

    store = ResourceStore(stores.table)
    ports = ReferencePorts(store, stores.workflows, utc_now)
    return ResourceUses(
        put=partial(resources.put_resource, resources=store, clock=utc_now),
        get=partial(resources.get_resource, resources=store),
        page=partial(resources.list_resources, resources=store, workflows=stores.workflows),
        delete=partial(resources.delete_resource, ports=ports),
        export=partial(_export, stores),
        bundle=partial(_bundle, stores),
        take=partial(_take, stores),
    )


# What moves files is loaded when it is first called for: YAML costs every cold start more than it is worth.


def _export(stores: Stores, kind: "Kind", project: str) -> int:
    from stepweave.services.resource_transfer import export_resources

    return export_resources(kind, transfer_ports(stores), project)


def _bundle(stores: Stores, kind: "Kind", project: str) -> dict[str, Any]:
    from stepweave.services.resource_transfer import bundle

    return bundle(kind, transfer_ports(stores), project)


def _take(
    stores: Stores, kind: "Kind", strategy: "Strategy", *, sent: Mapping[str, Any] | None, project: str
) -> "ImportedResources":
    from stepweave.services.resource_transfer import import_resources

    return import_resources(kind, strategy, transfer_ports(stores), sent=sent, project=project)


def transfer_ports(stores: Stores) -> "TransferPorts":
    from stepweave.adapters.project_files import ProjectFiles
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.services.resource_transfer import TransferPorts

    return TransferPorts(ResourceStore(stores.table), ProjectFiles(later("s3"), stores.settings.bucket), utc_now)
