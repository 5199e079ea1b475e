"""State machines that no run can need are removed; should one be needed again, it is made again.

A version is looked after a day after it got a machine, and a day after a newer version came. Runs under way keep the
machine that they run on, whatever their version; Step Functions itself lets executions of a deleted machine end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stepweave.services.machines import RETIREMENT
from stepweave.services.moments import text_of
from stepweave.services.ports import Clock, Machines, OldMachines, Retired, Runs, Tell
from stepweave.services.reconcile import AT_ONCE, MARGIN

MOST_RUNS = 1_000
"""Active runs of a workflow that are looked at; where there are more, its machines stay for another day."""


@dataclass(frozen=True)
class RetirementPorts:
    retired: Retired
    runs: Runs
    machines: Machines
    tell: Tell
    clock: Clock


def retire_machines(ports: RetirementPorts, ends_at: datetime) -> int:
    """How many machines were removed. Goes on until none is due, or until the invocation nears its end."""
    removed = 0
    for old in _due(ports, ends_at):
        try:
            removed += _retire(old, ports)
        except Exception as error:
            ports.tell.fault("machine_not_retired", error, workflow_id=old.workflow_id, version=old.number)
    return removed


def _due(ports: RetirementPorts, ends_at: datetime) -> Iterator[OldMachines]:
    seen: set[tuple[str, int]] = set()
    while fresh := [each for each in ports.retired.due(text_of(ports.clock()), AT_ONCE) if _place(each) not in seen]:
        for old in fresh:
            if ports.clock() + MARGIN >= ends_at:
                return
            seen.add(_place(old))
            yield old


def _place(old: OldMachines) -> tuple[str, int]:
    return old.workflow_id, old.number


def _retire(old: OldMachines, ports: RetirementPorts) -> int:
    """The machines go before the record of them: who starts a run meanwhile finds none, and makes it again."""
    unneeded = set(old.past)
    if old.arn is not None and not old.current:
        unneeded.add(old.arn)
    active = ports.runs.active(old.workflow_id, MOST_RUNS) if unneeded else []
    needed = unneeded if len(active) >= MOST_RUNS else {run.machine_arn for run in active} & unneeded
    for arn in sorted(unneeded - needed):
        ports.machines.remove(arn)
    later = text_of(ports.clock() + RETIREMENT) if needed else None
    ports.retired.forget(old, unneeded - needed, later)
    return len(unneeded - needed)
