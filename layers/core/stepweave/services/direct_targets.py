"""What can be executed directly: checked when it is asked for, so that what can never be done is refused at once."""

from collections.abc import Mapping

from stepweave.domain.direct_execution import Kind
from stepweave.domain.direct_task import reason_against, reason_against_tool, worker_of
from stepweave.errors import Fault, Invalid, NotFound
from stepweave.services.direct_executions import Check, StartDirect
from stepweave.services.ports import Resources


def check_target(wanted: StartDirect, checks: Mapping[Kind, Check]) -> None:
    """Raises what the check of that kind does."""
    checks[wanted.kind](wanted)


def check_agent(wanted: StartDirect, resources: Resources) -> None:
    """`NotFound` for an unknown agent; `Invalid` without an action or a prompt, or for an action that it has not."""
    if not wanted.action and not wanted.prompt:
        fault = Fault("", "an `action` of the agent, or a `prompt`, is needed")
        raise Invalid([fault])
    agent = resources.get("agent", wanted.of, wanted.project)
    if agent is None:
        raise NotFound("agent", wanted.of)
    actions = [each["id"] for each in agent.content.get("actions") or ()]
    if wanted.action and wanted.action not in actions:
        known = ", ".join(actions) or "none"
        raise Invalid([Fault("/action", f"the agent has no such action; it has: {known[:500]}")])


def check_task(wanted: StartDirect, resources: Resources) -> None:
    """`NotFound` for an unknown task; `Invalid` for one that cannot be executed by itself."""
    task = resources.get("task", wanted.of, wanted.project)
    if task is None:
        raise NotFound("task", wanted.of)
    worker, reason = worker_of(task.content), reason_against(task.content)
    if worker is not None and worker.named is not None and reason is None:
        found = resources.get(worker.kind, worker.named, wanted.project)
        if found is None:
            reason = f"there is no {worker.kind} '{worker.named}'"
        elif worker.kind == "tool":
            reason = reason_against_tool(found.content)
    if reason is not None:
        raise Invalid([Fault("", f"the task '{wanted.of}' cannot be executed by itself: {reason}")])
