"""Admission: what becomes of a run that is to start now. Its slots are free, or its group's policy decides.

    queue           it queues, and starts by itself, oldest first
    reject          it was refused before it was stored (`services.start`)
    skip            it is cancelled: `concurrency_skipped`
    cancel_oldest   it queues, and of its group only the newest runs are kept, as many as the limit allows

The policy is the group's: a run that has its group's slot and lacks one of the deployment's always queues.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from stepweave.domain.run import Fail, RunState, execution_name, parse_execution_name
from stepweave.domain.slots import group_of
from stepweave.errors import Conflict, NotFound, TooManyRequests
from stepweave.services.dispatch import RESTS, end_with_workflow, queue_run, start_new, take_and_start
from stepweave.services.executions import DispatchPorts
from stepweave.services.moments import text_of
from stepweave.services.slots import dequeue, free_leaked_slots

Cancel = Callable[[str, Fail], object]
"""Cancels a run, by its id, with the error that it is to show; `Conflict` or `NotFound` when it is over."""
RETRY_AFTER = 5
"""Seconds after which a rejected start may find a slot; nobody can know how long runs take."""
_LOOKED_AT = 50
"""Slots of a full group that a refused start looks behind, one read each."""
_GROUP_SHOWN = 1_000
"""Queued runs of a group among which `cancel_oldest` looks."""


@dataclass(frozen=True)
class AdmissionPorts:
    dispatch: DispatchPorts
    cancel: Cancel


def admit(state: RunState, ports: AdmissionPorts, *, is_new: bool) -> None:
    """Starts a run, or does what its policy says. `is_new`: nobody else can know of it yet."""
    lacking = (start_new if is_new else take_and_start)(state, ports.dispatch)
    if lacking is None:
        if not is_new:
            # Who tried before may have been cut off between its entry in a queue and the queue's mark.
            dequeue(state, ports.dispatch)
        return
    policy = state.on_limit if lacking == group_of(state) else "queue"
    if policy == "skip" or (policy == "reject" and state.run_at):
        _skip(state, ports.dispatch)
        return
    queue_run(state, lacking, ports.dispatch)
    if policy == "cancel_oldest":
        _keep_the_newest(state, ports)


def admit_due(run_id: str, ports: AdmissionPorts) -> None:
    """Starts a run whose delay is over, unless it was cancelled, paused or started meanwhile. May come twice."""
    state = ports.dispatch.runs.state(run_id)
    if state is None or state.status != "queued" or state.intent is not None:
        return
    if not held_back(state, ports.dispatch):
        admit(state, ports, is_new=False)


def held_back(state: RunState, ports: DispatchPorts) -> bool:
    """Whether a queued run may not start for its workflow's sake: it ends when that was deleted, and stays in the queue
    while that is paused or archived."""
    status = ports.workflows.status(state.workflow_id)
    if status is None:
        end_with_workflow(state, ports)
    elif status in RESTS:
        ports.slots.enqueue(group_of(state), state.run_id)
    return status is None or status in RESTS


def reserve(state: RunState, ports: DispatchPorts) -> None:
    """Takes the group's slot for a run that is stored only if there is one; else raises `TooManyRequests`.

    Should the start be cut off before the run is stored, its slot belongs to nobody: whoever is refused looks for such.
    """
    group, name = group_of(state), execution_name(state.run_id, state.execution)
    if ports.slots.take(group, name, state.limit):
        return
    free_leaked_slots(group, ports, now=ports.clock(), most=_LOOKED_AT)
    if ports.slots.take(group, name, state.limit):
        return
    noun = "run" if state.limit == 1 else "runs"
    raise TooManyRequests(
        f"{state.limit} {noun} of workflow '{state.workflow_id}' may be under way at once, and are; nothing started."
        " Send the same request again later.",
        code="concurrency_limit",
        retry_after=RETRY_AFTER,
    )


def _skip(state: RunState, ports: DispatchPorts) -> None:
    message = f"{state.limit} runs of its group were under way; then the definition's `concurrency` starts no more."
    why = Fail("concurrency_skipped", message)
    final = replace(state, status="cancelled", completed_at=text_of(ports.clock()), error=why)
    if ports.runs.finish(final):
        told = {"run_id": state.run_id, "workflow_id": state.workflow_id, "status": final.status, "code": why.code}
        ports.tell("run_finished", **told)


def _keep_the_newest(state: RunState, ports: AdmissionPorts) -> None:
    """Cancels the oldest of the group that are over its limit, whether they run or queue; those that are being
    cancelled already are cancelled again, which changes nothing."""
    group, slots = group_of(state), ports.dispatch.slots
    held = [parsed[0] for name in slots.get(group).held if (parsed := parse_execution_name(name))]
    everyone = sorted({*held, *slots.queued(group, _GROUP_SHOWN)})
    why = Fail("concurrency_cancelled", f"Run '{state.run_id}' took its place: the definition says 'cancel_oldest'.")
    for run_id in everyone[: -state.limit]:
        try:
            ports.cancel(run_id, why)
        except (Conflict, NotFound):
            continue  # it has ended meanwhile
