"""What a run that does not go on waits for: its steps' moments and signals, or what keeps it from its start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepweave.domain.plan import Plan
from stepweave.domain.run import RunState, StepRun
from stepweave.domain.slots import DEPLOYMENT, group_of
from stepweave.services.delays import is_early
from stepweave.services.dispatch import RESTS
from stepweave.services.ports import Slots, Workflows
from stepweave.services.slots import queue_place

ApprovalUrl = Callable[[str], str]
"""The link by which a wait for a signal can be decided, by the key of its step run."""


@dataclass(frozen=True)
class QueuePorts:
    """`deployment_limit`: 0 for none."""

    slots: Slots
    workflows: Workflows
    deployment_limit: int = 0


def step_wait(step: StepRun, plan: Plan, approval_url: ApprovalUrl | None = None) -> dict[str, Any]:
    """What a step that waits waits for, and until when. -> `{"step_id": "w", "kind": "time", "until": "2026-..."}`

    approval_url: only for those who may decide.
    """
    step_id, _, position = step.key.partition("@")
    named = {"step_id": step_id, "iteration": position} if position else {"step_id": step_id}
    row = {**named, "kind": _kind(step, plan), "until": step.due_at}
    if step.signal is None:
        return row
    asked = {"message": step.message} if step.message else {}
    link = {"approval_url": approval_url(step.key)} if approval_url else {}
    return row | {"signal": step.signal, **asked, **link}


def _kind(step: StepRun, plan: Plan) -> str:
    if step.signal is not None:
        return "signal"
    if step.error is not None:
        return "retry"
    return "condition" if "condition" in plan["steps"][step.step_id]["config"] else "time"


def start_wait(state: RunState, now: datetime, ports: QueuePorts) -> tuple[dict[str, Any], int | None]:
    """What a queued run waits for, and its position in the queue, from 1.

    -> `({"kind": "slot", "limit": "workflow", "until": None}, 3)`. Without a position: it does not queue, or
    further down than is looked. Reads up to two queries, and the workflow's status when it queues.
    """
    if is_early(state, now):
        return {"kind": "start", "until": state.run_at}, None
    place = queue_place(state, ports.slots, ports.deployment_limit)
    if place is None:
        return {"kind": "start", "until": None}, None
    status = ports.workflows.status(state.workflow_id)
    if status in RESTS:
        return {"kind": "workflow", "workflow_status": status, "until": None}, place.position
    return {"kind": "slot", "limit": _limit(place.group, state), "until": None}, place.position


def _limit(group: str, state: RunState) -> str:
    """Whose slots are all taken: those of all runs, of the workflow's with its key, or of the workflow's."""
    if group == DEPLOYMENT:
        return "deployment"
    return "workflow" if group_of(state) == state.workflow_id else "key"
