"""Binds the use cases of rehearsals: the stores of workflows, and no other port to anything outside."""

import time
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.stores import Stores
from stepweave.ids import NewId

if TYPE_CHECKING:
    from stepweave.api.uses.rehearsals import RehearsalUses
    from stepweave.services.rehearsal import RehearsalPorts


def rehearsal_uses(stores: Stores, new_id: NewId) -> "RehearsalUses":
    from stepweave.api.uses.rehearsals import RehearsalUses
    from stepweave.services import rehearsal

    ports = rehearsal_ports(new_id)
    return RehearsalUses(
        definition=partial(rehearsal.rehearse_definition, ports=ports),
        workflow=partial(rehearsal.rehearse_workflow, ports=ports, workflows=stores.workflows),
    )


def rehearsal_ports(new_id: NewId) -> "RehearsalPorts":
    from stepweave.services.rehearsal import RehearsalPorts
    from stepweave.steps.condition import condition
    from stepweave.steps.wait import wait

    bodies = {"condition": condition(), "wait": wait()}
    return RehearsalPorts(bodies, new_id, utc_now, time.monotonic)
