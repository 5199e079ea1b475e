"""Binds the use cases of runs to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.running import admission_ports, machine_ports
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.runs import RunUses
    from stepweave.services.runs import ReadPorts
    from stepweave.services.start import StartPorts


def start_ports(stores: Stores, new_id: NewId) -> "StartPorts":
    """What starting a run needs, whoever starts it."""
    from stepweave.services.current_origin import current_origin
    from stepweave.services.start import StartPorts

    return StartPorts(
        admission=admission_ports(stores),
        machine=machine_ports(stores),
        values=stores.values,
        keys=stores.idempotency,
        new_id=new_id,
        clock=utc_now,
        max_concurrent_runs=stores.settings.max_concurrent_runs,
        origin=current_origin,
    )


def read_ports(stores: Stores) -> "ReadPorts":
    """What showing a run needs."""
    from stepweave.services.runs import ReadPorts
    from stepweave.services.waits import QueuePorts

    return ReadPorts(
        runs=stores.runs,
        plans=stores.plans,
        values=stores.values,
        clock=utc_now,
        queue=QueuePorts(stores.slots, stores.workflows, stores.settings.max_concurrent_runs_in_all),
        links=stores.links,
    )


def run_uses(stores: Stores, new_id: NewId) -> "RunUses":
    from stepweave.api.uses.runs import RunUses
    from stepweave.services import runs
    from stepweave.services.active_runs import active_runs
    from stepweave.services.detailed_runs import detailed_run, list_detailed_runs
    from stepweave.services.first_step import require_first
    from stepweave.services.start import start_run
    from stepweave.services.step_lists import list_step_runs

    reading = read_ports(stores)
    return RunUses(
        start=partial(start_run, ports=start_ports(stores, new_id)),
        is_over=partial(runs.is_over, runs=stores.runs),
        page_of=partial(runs.list_runs, workflows=stores.workflows, runs=stores.runs, values=stores.values),
        active=partial(active_runs, ports=reading),
        detailed=partial(detailed_run, ports=reading),
        page_of_detailed=partial(list_detailed_runs, workflows=stores.workflows, ports=reading),
        require_first=partial(require_first, workflows=stores.workflows),
        get=partial(runs.get_run, ports=reading),
        steps=partial(list_step_runs, ports=reading),
        input=partial(runs.run_input, runs=stores.runs, values=stores.values),
        output=partial(runs.run_output, runs=stores.runs, values=stores.values),
        step_output=partial(runs.step_output, runs=stores.runs, values=stores.values),
    )
