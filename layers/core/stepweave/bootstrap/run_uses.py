"""Binds the use cases of runs to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.running import dispatch_ports, machine_ports
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.runs import RunUses


def run_uses(stores: Stores, new_id: NewId) -> "RunUses":
    from stepweave.api.uses.runs import RunUses
    from stepweave.services import runs

    start = runs.StartPorts(
        dispatch_ports(stores),
        machine_ports(stores),
        stores.values,
        new_id,
        utc_now,
        stores.settings.max_concurrent_runs,
    )
    return RunUses(
        start=partial(runs.start_run, ports=start),
        page_of=partial(runs.list_runs, workflows=stores.workflows, runs=stores.runs, values=stores.values),
        get=partial(runs.get_run, runs=stores.runs, plans=stores.plans, values=stores.values, clock=utc_now),
        input=partial(runs.run_input, runs=stores.runs, values=stores.values),
        output=partial(runs.run_output, runs=stores.runs, values=stores.values),
        step_output=partial(runs.step_output, runs=stores.runs, values=stores.values),
    )
