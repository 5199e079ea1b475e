"""Ports of use cases that remove what nobody needs any more."""

from typing import TYPE_CHECKING, Any

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.running import finish_ports
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.domain.run import Fail
    from stepweave.services.clearance import ClearancePorts
    from stepweave.services.retirement import RetirementPorts
    from stepweave.services.workflow_deletion import Cancel

OF_THE_SERVICE = "reconcile"
"""Who cancels a run whose workflow has been deleted."""


def cancelling(stores: Stores) -> "Cancel":
    from stepweave.services.control import ControlPorts, cancel_run

    ports = ControlPorts(finish_ports(stores), utc_now)

    def cancel(run_id: str, by: str, why: "Fail") -> Any:
        return cancel_run(run_id, ports, by=by, why=why)

    return cancel


def clearance_ports(stores: Stores) -> "ClearancePorts":
    from stepweave.adapters.deleted_store import DeletedStore
    from stepweave.domain.run import Fail
    from stepweave.services.clearance import ClearancePorts

    cancel, why = cancelling(stores), Fail("workflow_deleted", "The workflow was deleted.")
    return ClearancePorts(
        deleted=DeletedStore(stores.table, stores.values),
        runs=stores.runs,
        machines=stores.machines,
        cancel=lambda run_id: cancel(run_id, OF_THE_SERVICE, why),
        tell=stores.tell,
        clock=utc_now,
    )


def retirement_ports(stores: Stores) -> "RetirementPorts":
    from stepweave.adapters.retired_store import RetiredStore
    from stepweave.services.retirement import RetirementPorts

    return RetirementPorts(
        retired=RetiredStore(stores.table),
        runs=stores.runs,
        machines=stores.machines,
        tell=stores.tell,
        clock=utc_now,
    )
