"""Who works on a task that is executed directly: an agent, a tool, or a model that the task itself names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Worker:
    """`named`: the id of an agent or a tool of the project; else `written` holds all of it."""

    kind: Literal["agent", "tool"]
    named: str | None = None
    written: Content | None = None


def worker_of(task: Content) -> Worker | None:
    """None when the task says of nobody that they work on it."""
    for kind in ("agent", "tool"):
        if found := task.get(kind):
            return _worker("agent" if kind == "agent" else "tool", found)
    model = task.get("model_config")
    if not model or not task.get("prompt"):
        return None
    own = {name: task[name] for name in ("mcps", "max_iterations") if task.get(name)}
    if tools := [{"id": each} if isinstance(each, str) else each for each in task.get("tools") or ()]:
        own["tools"] = tools
    return Worker("agent", written={"model": {"config": model}, **own})


def _worker(kind: Literal["agent", "tool"], found: Any) -> Worker:
    """An object that says no more than an id names one, too."""
    if isinstance(found, str):
        return Worker(kind, named=found)
    only_named = set(found) <= {"id", "resource"} and "id" in found
    return Worker(kind, named=found["id"]) if only_named else Worker(kind, written=found)


def reason_against(task: Content) -> str | None:
    """Why a task cannot be executed by itself, as it is written; None when it can."""
    kind = task.get("type") or "basic"
    if kind != "basic":
        return f"a task of type {kind} runs with others only; put it in a workflow, and execute that"
    worker = worker_of(task)
    if worker is None:
        return "nobody works on it: it needs an agent, a tool, or a model_config and a prompt"
    if worker.kind == "agent" and not (task.get("action") or task.get("prompt")):
        return "its agent is asked nothing: it needs an action, or a prompt"
    if worker.written is not None and worker.kind == "tool":
        return reason_against_tool(worker.written)
    return None


def reason_against_tool(tool: Content) -> str | None:
    """Only a tool that is a request can be called by a task alone."""
    if (tool.get("config") or {}).get("url"):
        return None
    return "its tool is no request: it has no `url` in its config; let an agent have it"
