"""What refers to a resource: steps to agents, tasks to agents and tools, agents to tools."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from stepweave.domain.resource import DEFAULT_PROJECT, RESOURCE_ID, Kind

UserKind = Literal["workflow", "task", "agent"]


class Ref(NamedTuple):
    """A resource by its name."""

    kind: Kind
    id: str
    project: str = DEFAULT_PROJECT


class User(NamedTuple):
    """Who refers to a resource; of a workflow its id, which is in no project."""

    kind: UserKind
    id: str
    project: str = DEFAULT_PROJECT


def named_by_definition(definition: Mapping[str, Any] | None) -> frozenset[Ref]:
    """The agents that a definition's steps name outright, those in loops too; and what the tasks of the document name
    that it was translated from, but for the tools that the document holds itself."""
    found = set(_of_steps((definition or {}).get("steps")))
    source = (definition or {}).get("source")
    document = source.get("document") if isinstance(source, Mapping) else None
    if isinstance(document, Mapping):
        held = {Ref("tool", str(each.get("id"))) for each in _objects(document.get("tools"))}
        found |= set(_of_task({"tasks": document.get("tasks")}, DEFAULT_PROJECT)) - held
    return frozenset(found)


def named_by_resource(kind: Kind, content: Mapping[str, Any], project: str) -> frozenset[Ref]:
    """What the configuration of an agent or a task names in its project."""
    if kind == "agent":
        return frozenset(_of_tools(content.get("tools"), project))
    return frozenset(_of_task(content, project)) if kind == "task" else frozenset()


def tool_named(entry: Any) -> str | None:
    """The tool that an entry of an agent's `tools` stands for; None where the entry says itself what it calls.

    -> `search` of `"search"`, `{"id": "search"}` and `{"id": "s", "resource": "search"}`
    """
    if isinstance(entry, str):
        return _id(entry)
    if not isinstance(entry, Mapping) or entry.get("config"):
        return None
    named = entry.get("resource")
    return _id(entry.get("id") if named in (None, "", "tool") else named)


def _of_steps(steps: Any) -> Iterator[Ref]:
    for step in _objects(steps):
        config = step.get("config")
        if not isinstance(config, Mapping):
            continue
        if step.get("type") == "agent_task" and (agent := _id(config.get("agent_id"))):
            yield Ref("agent", agent)
        yield from _of_steps(config.get("steps"))


def _of_tools(tools: Any, project: str) -> Iterator[Ref]:
    for entry in tools if isinstance(tools, list) else ():
        if named := tool_named(entry):
            yield Ref("tool", named, project)


def _of_task(task: Mapping[str, Any], project: str) -> Iterator[Ref]:
    """Of the task and of those that it holds."""
    agent, tool, routes = task.get("agent"), task.get("tool"), task.get("routes")
    if isinstance(agent, Mapping):
        yield from _of_tools(agent.get("tools"), project)
        agent = agent.get("id") if agent.keys() <= {"id", "resource"} else None
    if named := _id(agent):
        yield Ref("agent", named, project)
    yield from _of_tools([tool], project)
    yield from _of_tools(task.get("tools"), project)
    inner = [task.get("task"), task.get("processor"), *(routes.values() if isinstance(routes, Mapping) else ())]
    for each in (*_objects(inner), *_objects(task.get("tasks"))):
        yield from _of_task(each, project)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _id(value: Any) -> str | None:
    """A text that can name a resource: an expression cannot."""
    return value if isinstance(value, str) and RESOURCE_ID.fullmatch(value) else None
