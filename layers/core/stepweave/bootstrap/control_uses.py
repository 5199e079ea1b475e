"""Binds the use cases that control runs to their ports."""

from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import utc_now
from stepweave.bootstrap.running import finish_ports, machine_ports
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.api.uses.control import ControlUses


def control_uses(stores: Stores) -> "ControlUses":
    from stepweave.api.uses.control import ControlUses
    from stepweave.services import bulk_cancel, control, deletion, resume

    ends = finish_ports(stores)
    ports = control.ControlPorts(ends, utc_now)
    resumes = resume.ResumePorts(ends, machine_ports(stores), utc_now)
    return ControlUses(
        cancel=lambda caller, run_id: control.cancel_run(run_id, ports, by=caller.key_id),
        pause=lambda caller, run_id: control.pause_run(run_id, ports, by=caller.key_id),
        resume=partial(resume.resume_run, ports=resumes),
        delete=partial(deletion.delete_run, runs=stores.runs, values=stores.values, clock=utc_now),
        cancel_many=lambda caller, ref, wanted: bulk_cancel.cancel_runs(ref, wanted, ports, by=caller.key_id),
    )
