"""What expressions can see: `input, steps, run, env`, and inside loops the items. `services.work` adds `secrets`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stepweave.domain.plan import Plan, PlanStep, has_approval_link
from stepweave.domain.run import Run, StepRun
from stepweave.services.approval_links import Approval
from stepweave.services.ports import Values
from stepweave.services.settling import Seen, key_in
from stepweave.services.visits import Visit


def scope_of(visit: Visit) -> dict[str, Any]:
    """The scope of a visit's step; only outputs that its expressions refer to are loaded."""
    around = scope(visit.run, visit.plan, visit.seen, visit.step["reads"], visit.ports.values, visit.entry.version)
    if _mentions_approvals(visit.step):
        around["run"] = {**around["run"], "approvals": _approvals(visit)}
    return {**_current(visit), **around} if visit.step["loops"] else around


def _mentions_approvals(step: PlanStep) -> bool:
    """Most steps have no use for the links, which cost the read of a key."""
    return "approvals" in json.dumps([step["config"], step["when"]])


def _approvals(visit: Visit) -> dict[str, str]:
    """The links of the waits for signals that this step can name: those around it, in the same iteration."""
    around, position = visit.step["loops"], visit.entry.position
    return {
        step["id"]: visit.ports.links.url(
            Approval(visit.run.id, key_in(visit.plan, step["id"], position), visit.replay.generation(step["id"]))
        )
        for step in visit.plan["steps"].values()
        if has_approval_link(step) and step["loops"] == around[: len(step["loops"])]
    }


def _current(visit: Visit) -> dict[str, Any]:
    """`item` and `index` of the innermost loop, and the item of each loop by the name that it gives it."""
    plan, entry, loops = visit.plan, visit.entry, visit.step["loops"]
    indexes = [int(part) for part in entry.position.split(".")]
    items = [
        visit.ports.loop_items.get(entry.run_id, entry.execution, key_in(plan, loop, entry.position))[index]
        for loop, index in zip(loops, indexes, strict=True)
    ]
    names = [plan["steps"][loop]["config"].get("item_name", "item") for loop in loops]
    return {"item": items[-1], "index": indexes[-1], **dict(zip(names, items, strict=True))}


def scope(
    run: Run, plan: Plan, seen: Seen, reads: Iterable[str], values: Values, workflow_version: int
) -> dict[str, Any]:
    return {
        "input": values.load(run.input_data),
        "env": plan["env"],
        "secrets": {},
        "run": _run(run, workflow_version),
        "steps": {each: _step(seen, each, values) for each in reads},
    }


def _run(run: Run, workflow_version: int) -> Mapping[str, Any]:
    return {
        "id": run.id,
        "workflow_id": run.workflow_id,
        "workflow_version": workflow_version,
        "trigger": run.trigger,
        "labels": dict(run.labels),
        "created_at": run.created_at,
    }


def _step(seen: Seen, step_id: str, values: Values) -> dict[str, Any]:
    record = seen.record(step_id)
    return {"status": seen.status(step_id), **(_outcome(record, values) if record else {})}


def _outcome(record: StepRun, values: Values) -> dict[str, Any]:
    outcome: dict[str, Any] = {"attempt": record.attempt, "started_at": record.started_at}
    outcome["completed_at"] = record.completed_at
    if record.output is not None:
        outcome["output"] = values.load(record.output)
    if record.error is not None:
        error = record.error
        outcome["error"] = {"code": error.code, "message": error.message, "details": dict(error.details)}
    return outcome
