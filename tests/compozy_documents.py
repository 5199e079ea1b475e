"""Workflow documents of Compozy's, short to write."""

from typing import Any

Json = dict[str, Any]


def workflow(*tasks: Json, **more: Any) -> Json:
    return {"id": "flow", "tasks": list(tasks), **more}


def asks(name: str, next_: str | None = None, error: str | None = None, **more: Any) -> Json:
    """A task with an agent, and what comes after it."""
    task: Json = {"id": name, "agent": "helper", "prompt": f"do {name}", **leads(next_, error), **more}
    return {member: value for member, value in task.items() if value is not None}


def task(kind: str, name: str, next_: str | None = None, error: str | None = None, **more: Any) -> Json:
    return {"id": name, "type": kind, **leads(next_, error), **more}


def leads(next_: str | None, error: str | None) -> Json:
    found: Json = {"on_success": {"next": next_}} if next_ else {}
    return {**found, "on_error": {"next": error}} if error else found
