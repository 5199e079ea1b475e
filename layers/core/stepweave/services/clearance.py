"""What is left of a deleted workflow is removed: machines and versions at once, plans when no run needs them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from stepweave.errors import Conflict, NotFound
from stepweave.services.moments import moment_of, text_of
from stepweave.services.ports import Clock, Deleted, Machines, Runs, Tell
from stepweave.services.reconcile import AT_ONCE, MARGIN

CancelRun = Callable[[str], object]
"""Cancels a run by its id; raises `Conflict` when it is over, `NotFound` when it is gone."""

SOON = timedelta(minutes=1)
"""Until runs under way have ended."""
LATER = timedelta(days=1)
"""Between looks whether there still are runs to read. An idempotency key is remembered as long: until then it is known
that the workflow was, so that its creation, sent again, does not make it again."""
CANCELLED_AT_ONCE = 50
"""Runs that the request which deletes a workflow cancels itself; each takes some five calls."""


@dataclass(frozen=True)
class ClearancePorts:
    deleted: Deleted
    runs: Runs
    machines: Machines
    cancel: CancelRun
    tell: Tell
    clock: Clock


def clear_deleted(ports: ClearancePorts, ends_at: datetime) -> int:
    """How many deleted workflows were looked after. Goes on until none is due, or the invocation nears its end."""
    seen: set[str] = set()
    while fresh := [each for each in ports.deleted.due(text_of(ports.clock()), AT_ONCE) if each not in seen]:
        for workflow_id in fresh:
            if ports.clock() + MARGIN >= ends_at:
                return len(seen)
            seen.add(workflow_id)
            try:
                clear(workflow_id, ports, ends_at)
            except Exception as error:
                ports.tell.fault("workflow_not_cleared", error, workflow_id=workflow_id)
    return len(seen)


def clear(workflow_id: str, ports: ClearancePorts, ends_at: datetime | None = None) -> None:
    """Removes what nobody needs any more; may be called at any time, any number of times.

    ends_at: until then all active runs are cancelled; None: some of them, and the others later.
    """
    deleted_at = ports.deleted.deleted_at(workflow_id)
    if deleted_at is None:
        return
    now = ports.clock()
    if _cancel_active(workflow_id, ports, ends_at):
        ports.deleted.put_off(workflow_id, text_of(now + SOON))
        return
    for arn in ports.deleted.machines(workflow_id):
        ports.machines.remove(arn)
    ports.deleted.remove_versions(workflow_id)
    if ports.runs.has_any(workflow_id) or now < moment_of(deleted_at) + LATER:
        ports.deleted.put_off(workflow_id, text_of(now + LATER))
    else:
        ports.deleted.forget(workflow_id)


def _cancel_active(workflow_id: str, ports: ClearancePorts, ends_at: datetime | None) -> bool:
    """Whether any run was active. One that cannot be cancelled any more is over."""
    after = ""
    while active := ports.runs.active(workflow_id, CANCELLED_AT_ONCE, after=after):
        for run in active:
            with suppress(Conflict, NotFound):
                ports.cancel(run.run_id)
        after = active[-1].run_id
        if ends_at is None or ports.clock() + MARGIN >= ends_at:
            break
    return after != ""
