"""Members of tasks: which types have them, and why the others and some for all are refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from stepweave.domain.problem import Problem

_EVERY = {
    "id",
    "type",
    "resource",
    "description",
    "config",
    "with",
    "outputs",
    "env",
    "on_success",
    "on_error",
    "sleep",
}
_UNREAD = {"final", "retries", "has_subtasks", "subtask_ids", "signal_name"}
"""Compozy's engine does not read them, and neither do we; the last three stand in its answers."""
_OWN = {
    "basic": {
        "agent",
        "tool",
        "action",
        "prompt",
        "model_config",
        "tools",
        "mcps",
        "max_iterations",
        "output",
        "timeout",
    },
    "router": {"condition", "routes"},
    "parallel": {"tasks", "strategy", "max_workers"},
    "collection": {
        *("items", "filter", "item_var", "index_var", "mode", "batch", "task", "tasks", "strategy", "max_workers")
    },
    "aggregate": set[str](),
    "composite": {"tasks"},
    "wait": {"wait_for", "condition", "timeout", "on_timeout"},
}
_REFUSED = {
    "memory": ("tasks have no memory", "Keep it in a service of yours that http_request steps call."),
    "attachments": ("nothing is attached to a prompt yet", "Put what is needed into 'with' as text."),
    "knowledge": ("there are no knowledge bases", "Let a tool of the agent search."),
    "processor": ("a signal's payload is taken as it came", "Put what the processor does into the next task."),
    "input": ("what a task is given is not checked", "Check the workflow's input with config.input."),
}
_WHOLE = {
    "signal": (
        "no step sends signals to other workflows",
        "Let a tool POST to /api/v0/events, or let an agent have the workflow as a tool.",
    ),
    "memory": ("there is no store of memories", "Keep it in a service of yours that tools call."),
}


def refused_types(task: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """A problem for a type of task that is not translated at all."""
    kind = task.get("type")
    if isinstance(kind, str) and kind in _WHOLE:
        reason, hint = _WHOLE[kind]
        yield Problem("not_translatable", f"{at}/type", f"Tasks of type '{kind}' are not translated: {reason}", hint)


def refused_members(task: Mapping[str, Any], kind: str, at: str) -> Iterator[Problem]:
    """A problem for each member that the type does not have, or that is not translated."""
    allowed = _EVERY | _UNREAD | _OWN[kind]
    for name, value in task.items():
        if name in allowed or value is None or value in ([], {}):
            continue
        if name in _REFUSED:
            reason, hint = _REFUSED[name]
            yield Problem("not_translatable", f"{at}/{name}", f"'{name}' is not translated: {reason}", hint)
        else:
            message = f"'{name}' means nothing for a task of type '{kind}'"
            yield Problem("not_translatable", f"{at}/{name}", message, "Leave it out.")
