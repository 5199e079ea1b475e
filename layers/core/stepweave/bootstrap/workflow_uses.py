"""Binds the use cases of workflows and their versions to their ports."""

import random
import time
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import new_ids, utc_now
from stepweave.bootstrap.running import dispatch_ports
from stepweave.bootstrap.schedule_uses import schedules_follow, timers_are_reserved
from stepweave.bootstrap.stores import Stores
from stepweave.bootstrap.sweeping import cancelling, clearance_ports
from stepweave.bootstrap.triggering import triggers_are_taken, triggers_follow
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.versions import VersionUses
    from stepweave.api.uses.workflows import WorkflowUses
    from stepweave.services.workflow_changes import ChangeSink, Guard
    from stepweave.services.workflow_creation import CreatePorts
    from stepweave.services.workflow_writes import WritePorts


def workflow_uses(stores: Stores, new_id: NewId) -> "WorkflowUses":
    from stepweave.api.uses.workflows import WorkflowUses
    from stepweave.services import graphs, named_workflows, workflows
    from stepweave.services.workflow_creation import create_workflow
    from stepweave.services.workflow_deletion import DeletePorts, delete_workflow
    from stepweave.services.workflow_replacement import replace_workflow
    from stepweave.services.workflow_status import set_status

    write = write_ports(stores)
    create = partial(create_workflow, ports=create_ports(stores, new_id))
    replace = partial(replace_workflow, ports=write)
    putting = named_workflows.PutPorts(stores.workflows, create, replace)
    return WorkflowUses(
        create=create,
        named=partial(named_workflows.list_by_name, workflows=stores.workflows),
        put=partial(named_workflows.put_workflow, ports=putting),
        get=partial(workflows.get_workflow, workflows=stores.workflows),
        name=partial(workflows.published_name, workflows=stores.workflows),
        page=partial(workflows.list_workflows, workflows=stores.workflows),
        replace=replace,
        set_status=partial(set_status, ports=write),
        delete=partial(delete_workflow, ports=DeletePorts(write, clearance_ports(stores), cancelling(stores))),
        validate=workflows.validate_definition,
        draw_definition=graphs.draw_definition,
        draw=partial(graphs.draw_workflow, workflows=stores.workflows),
    )


def version_uses(stores: Stores) -> "VersionUses":
    from stepweave.api.uses.versions import VersionUses
    from stepweave.services import versions

    return VersionUses(
        page_of=partial(versions.list_versions, workflows=stores.workflows),
        get=partial(versions.get_version, workflows=stores.workflows),
        compare=partial(versions.compare, workflows=stores.workflows),
        roll_back=partial(versions.roll_back, ports=write_ports(stores)),
    )


def create_ports(stores: Stores, new_id: NewId) -> "CreatePorts":
    from stepweave.adapters.idempotency_store import IdempotencyStore
    from stepweave.services.workflow_creation import CreatePorts

    return CreatePorts(write_ports(stores), IdempotencyStore(stores.table), new_id)


def write_ports(stores: Stores) -> "WritePorts":
    """Who wants to know of changes is listed here."""
    from stepweave.services.workflow_writes import WritePorts

    return WritePorts(
        stores.workflows,
        utc_now,
        time.sleep,
        random.random,
        (_dispatching(stores), schedules_follow(stores, new_ids()), triggers_follow(stores), _releasing(stores)),
        (triggers_are_taken(stores), _referring(stores), timers_are_reserved(stores, new_ids())),
    )


def _dispatching(stores: Stores) -> "ChangeSink":
    from stepweave.services.awakening import dispatch_when_it_may_run

    return partial(dispatch_when_it_may_run, ports=dispatch_ports(stores))


def _referring(stores: Stores) -> "Guard":
    """Agents that a definition names are not deleted while it stands."""
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.services.references import refer_by_definition

    return partial(refer_by_definition, resources=ResourceStore(stores.table), clock=utc_now)


def _releasing(stores: Stores) -> "ChangeSink":
    from stepweave.adapters.resource_store import ResourceStore
    from stepweave.services.references import release_by_change

    return partial(release_by_change, resources=ResourceStore(stores.table))
