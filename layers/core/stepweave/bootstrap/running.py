"""Ports of use cases that start and end runs, shared by several functions."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from stepweave.bootstrap.clients import new_ids, utc_now
from stepweave.bootstrap.stores import Stores

if TYPE_CHECKING:
    from stepweave.domain.run import Run
    from stepweave.domain.workflow import Machine
    from stepweave.services.admission import AdmissionPorts
    from stepweave.services.executions import DispatchPorts
    from stepweave.services.finish import Ended, FinishPorts, Wake
    from stepweave.services.machines import MachinePorts


def machine_ports(stores: Stores) -> "MachinePorts":
    from stepweave.compiler.emit import Targets
    from stepweave.services.machines import MachinePorts, Release

    settings = stores.settings
    targets = Targets(run_step_arn=settings.run_step_arn, run_agent_arn=settings.run_agent_arn)
    logs, traced = settings.machine_log_group_arn, settings.machine_tracing
    release = Release(settings.stack, targets, settings.machine_role_arn, logs, traced)
    return MachinePorts(stores.workflows, stores.plans, stores.machines, release, utc_now)


def dispatch_ports(stores: Stores) -> "DispatchPorts":
    from stepweave.services.executions import DispatchPorts

    return DispatchPorts(
        workflows=stores.workflows,
        slots=stores.slots,
        runs=stores.runs,
        machines=stores.machines,
        remake=_remake(stores),
        tell=stores.tell,
        clock=utc_now,
        deployment_limit=stores.settings.max_concurrent_runs_in_all,
        delayed_start_arn=stores.settings.delayed_start_arn,
    )


def _remake(stores: Stores) -> Callable[[str, int], "Machine"]:
    """Loads the compiler only when a state machine has vanished."""

    def remake(workflow_id: str, number: int) -> "Machine":
        from stepweave.services.machines import remaker

        return remaker(machine_ports(stores))(workflow_id, number)

    return remake


def finish_ports(stores: Stores) -> "FinishPorts":
    from stepweave.services.finish import FinishPorts

    return FinishPorts(dispatch_ports(stores), stores.plans, stores.values, _wake(stores), _ended(stores))


def _ended(stores: Stores) -> "Ended":
    """A fire of a schedule may have waited for the run."""

    def tell(run: "Run") -> None:
        if run.trigger == "schedule" and (schedule_id := run.labels.get("schedule_id")):
            from stepweave.bootstrap.firing import fire_ports
            from stepweave.services.fires import release_buffered

            release_buffered(schedule_id, fire_ports(stores, new_ids()))

    return tell


def _wake(stores: Stores) -> "Wake":
    from stepweave.adapters.inbox_store import InboxStore
    from stepweave.adapters.latch_store import LatchStore
    from stepweave.services.sent_signals import wake_given

    inboxes, latches = InboxStore(stores.table), LatchStore(stores.table)
    return partial(wake_given, runs=stores.runs, inboxes=inboxes, latches=latches, machines=stores.machines)


def admission_ports(stores: Stores) -> "AdmissionPorts":
    from stepweave.services.admission import AdmissionPorts
    from stepweave.services.control import ControlPorts, cancel_run

    finish = finish_ports(stores)
    control = ControlPorts(finish, utc_now)
    return AdmissionPorts(
        finish.dispatch, lambda run_id, why: cancel_run(run_id, control, by="config.concurrency", why=why)
    )
