"""Tools that an agent only names: each is a resource of its own, and what the agent says of it goes before."""

from collections.abc import Mapping
from typing import Any

from stepweave.domain.reference import tool_named
from stepweave.domain.resource import Resource
from stepweave.errors import StepError
from stepweave.services.ports.resources import KnownResources


def with_stored_tools(agent: Resource, resources: KnownResources) -> Mapping[str, Any]:
    """The agent's configuration with its tools whole; `StepError` `tool_not_found`, naming those that there are not.

    -> `{"id": "look", "config": {...}}` of `{"id": "look"}`
    """
    tools = agent.content.get("tools") or ()
    named = {name for entry in tools if (name := tool_named(entry))}
    if not named:
        return agent.content
    known = {name: found for name in sorted(named) if (found := resources.get("tool", name)) is not None}
    if missing := sorted(named - known.keys()):
        message = f"Agent '{agent.id}' names tools that there are not: {', '.join(missing)[:500]}. Put them first."
        raise StepError("tool_not_found", message, details={"agent_id": agent.id, "tools": missing[:20]})
    return {**agent.content, "tools": [_whole(each, known) for each in tools]}


def _whole(entry: Mapping[str, Any], known: Mapping[str, Resource]) -> Mapping[str, Any]:
    named = tool_named(entry)
    return {**known[named].content, **{name: value for name, value in entry.items() if value}} if named else entry
