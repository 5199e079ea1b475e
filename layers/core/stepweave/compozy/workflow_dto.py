"""A workflow as Compozy shows it: the members of its WorkflowDTO.

What was put as a document of Compozy's comes back as that document says; any other definition is told in its words.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from stepweave.compozy.source import source_of
from stepweave.domain.trigger import events_of
from stepweave.domain.workflow import Workflow

Json = dict[str, Any]
_KEPT = ("resource", "description", "author", "schemas", "outputs", "triggers", "schedule", "mcps")
_CONFIG = (
    *("input", "env", "on_error", "retry_policy"),
    *("schedule_to_start_timeout", "start_to_close_timeout", "schedule_to_close_timeout", "heartbeat_timeout"),
)
TYPES = {
    **dict.fromkeys(("http_request", "script", "agent_task", "webhook"), "basic"),
    "condition": "router",
    "loop": "collection",
    "wait": "wait",
}
"""A step's type as the type of a task."""


def workflow_dto(workflow: Workflow, definition: Mapping[str, Any], *, expand: Collection[str] = ()) -> Json:
    """The members of a workflow; what it has not is left out.

    expand: which of `tasks`, `agents` and `tools` are shown whole, and not by their ids.
    """
    document = source_of(definition)
    told = _told(definition) if document is None else dict(document)
    tasks = _named(told.get("tasks"))
    agents = _held("agents", "agent", told, tasks)
    tools = _held("tools", "tool", told, tasks)
    shown = {name: told[name] for name in _KEPT if told.get(name) not in (None, [], {})}
    config = {name: value for name, value in _members(told.get("config")).items() if name in _CONFIG}
    return {
        "id": workflow.slug or workflow.id,
        "version": str(told.get("version") or workflow.version),
        **shown,
        **({"config": config} if config else {}),
        "task_count": len(tasks),
        "task_ids": [each["id"] for each in tasks],
        "agent_count": len(agents),
        "tool_count": len(tools),
        "mcp_count": len(_named(told.get("mcps"))),
        "tasks": [dict(each) for each in tasks] if "tasks" in expand else [each["id"] for each in tasks],
        "agents": list(agents.values()) if "agents" in expand else list(agents),
        "tools": list(tools.values()) if "tools" in expand else list(tools),
    }


def _told(definition: Mapping[str, Any]) -> Json:
    """A definition of ours, in Compozy's words as far as it has them."""
    author = definition.get("author")
    return {
        **definition,
        "author": {"name": author} if isinstance(author, str) else author,
        "triggers": [_trigger(each) for each in definition.get("triggers", ()) if each["type"] != "event"],
        "tasks": [_task(each) for each in definition["steps"]],
    }


def _trigger(trigger: Mapping[str, Any]) -> Json:
    if trigger["type"] == "signal":
        return dict(trigger)
    members = ("name", "filter", "input", "schema")
    events = [{name: each[name] for name in members if name in each} for each in events_of(trigger)]
    webhook: Json = {"slug": trigger["slug"], "method": "POST", "events": events}
    return {"type": "webhook", "webhook": {**webhook, "verify": trigger["verify"]} if "verify" in trigger else webhook}


def _task(step: Mapping[str, Any]) -> Json:
    """A step as a task, with the members that both have."""
    config = step["config"]
    task: Json = {"id": step["id"], "type": TYPES[step["type"]]}
    match step["type"]:
        case "agent_task":
            task |= {"agent": {"id": config["agent_id"]}}
            task |= {"action": config["action"]} if "action" in config else {"prompt": config.get("goal")}
            task |= {"with": config["with"]} if isinstance(config.get("with"), Mapping) else {}
        case "condition":
            task["condition"] = config.get("expression") or " ; ".join(each["when"] for each in config["cases"])
            task["routes"] = _routes(config)
        case "loop":
            task |= {"items": config["items"], "tasks": [_task(each) for each in config["steps"]]}
            task["item_var"] = config.get("item_name", "item")
        case "wait" if "signal" in config:
            task["wait_for"] = config["signal"]
    handler = step.get("on_error")
    return {**task, "on_error": {"next": handler["goto"]}} if isinstance(handler, Mapping) else task


def _routes(config: Mapping[str, Any]) -> dict[str, str]:
    """The first step of each branch; a branch may have several, a route has one."""
    named = {"true": config.get("then"), "false": config.get("else")}
    named |= {f"cases/{index}": each["then"] for index, each in enumerate(config.get("cases", ()))}
    return {key: steps[0] for key, steps in named.items() if steps}


def _held(name: str, member: str, told: Mapping[str, Any], tasks: Iterable[Any]) -> dict[str, Json]:
    """The agents or tools that the document holds, and those that its tasks name, by id."""
    held = {each["id"]: dict(each) for each in _named(told.get(name))}
    for task in every_task(tasks):
        named = task.get(member)
        found = {"id": named} if isinstance(named, str) else named
        if isinstance(found, Mapping) and isinstance(found.get("id"), str):
            held.setdefault(found["id"], dict(found))
    return held


def every_task(tasks: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """The tasks of a document, those in other tasks too."""
    for task in tasks:
        if isinstance(task, Mapping):
            yield task
            nested = task.get("tasks") if isinstance(task.get("tasks"), list) else []
            yield from every_task([*(nested or ()), task.get("task"), *_members(task.get("routes")).values()])


def _named(values: Any) -> list[Mapping[str, Any]]:
    """What in a list has an id. A document may be anything: a definition can be sent with a source made up."""
    entries = values if isinstance(values, list) else []
    return [each for each in entries if isinstance(each, Mapping) and isinstance(each.get("id"), str)]


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
